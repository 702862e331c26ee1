import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/gcp/checksums.ts";
import { bytes, bytesOf, codeOf, createKey, createKeyFor, ONCE, start, type Place, type V1 } from "../setup.ts";

type Algorithm = keyof V1["CryptoKeyVersion"]["CryptoKeyVersionAlgorithm"];

const data = bytes("Here is some data to authenticate");
const sum = (value: Uint8Array) => ({ value: String(crc32c(value)) });
const macKey = async (started: Place, algorithm: Algorithm = "HMAC_SHA256", level: "SOFTWARE" | "HSM" = "SOFTWARE") =>
  `${await createKeyFor(started, "MAC", algorithm, level)}/cryptoKeyVersions/1`;

describe("MacSign and MacVerify", () => {
  it.each([
    ["HMAC_SHA1", 20],
    ["HMAC_SHA224", 28],
    ["HMAC_SHA256", 32],
    ["HMAC_SHA384", 48],
    ["HMAC_SHA512", 64],
  ] as const)("%s: %i bytes, which verify, and others do not", async (algorithm, length) => {
    const started = await start();
    const name = await macKey(started, algorithm, "HSM");
    const [signed] = await started.client.macSign({ name, data, dataCrc32c: sum(data) }, ONCE);
    const mac = bytesOf(signed.mac);
    const [good] = await started.client.macVerify(
      { name, data, mac, dataCrc32c: sum(data), macCrc32c: sum(mac) },
      ONCE,
    );
    const other = Buffer.from(mac);
    other[0] = (other[0] ?? 0) ^ 1;
    const [bad] = await started.client.macVerify({ name, data, mac: other }, ONCE);
    expect(mac).toHaveLength(length);
    expect(signed).toMatchObject({ name, macCrc32c: sum(mac), verifiedDataCrc32c: true, protectionLevel: "HSM" });
    expect(good).toMatchObject({
      name,
      success: true,
      verifiedSuccessIntegrity: true,
      verifiedDataCrc32c: true,
      verifiedMacCrc32c: true,
      protectionLevel: "HSM",
    });
    expect(bad).toMatchObject({
      success: false,
      verifiedSuccessIntegrity: false,
      verifiedDataCrc32c: false,
      verifiedMacCrc32c: false,
    });
  });

  it("refuse wrong checksums, empty fields and a MAC of another length", async () => {
    const started = await start();
    const { client } = started;
    const name = await macKey(started);
    const mac = Buffer.alloc(32, 1);
    const wrong = { value: "1" };
    const calls = [
      client.macSign({ name, data, dataCrc32c: wrong }, ONCE),
      client.macSign({ name }, ONCE),
      client.macVerify({ name, data, mac, dataCrc32c: wrong }, ONCE),
      client.macVerify({ name, data, mac, macCrc32c: wrong }, ONCE),
      client.macVerify({ name, data }, ONCE),
      client.macVerify({ name, mac }, ONCE),
      client.macVerify({ name, data, mac: mac.subarray(1) }, ONCE),
    ];
    expect(new Set(await Promise.all(calls.map(codeOf)))).toEqual(new Set(["INVALID_ARGUMENT"]));
  });

  it.each([
    ["SOFTWARE", 65_536],
    ["HSM", 16_384],
  ] as const)("with %s implement no data beyond the %i bytes that are known of", async (level, most) => {
    const started = await start();
    const name = await macKey(started, "HMAC_SHA256", level);
    const call = (length: number) => codeOf(started.client.macSign({ name, data: Buffer.alloc(length, 1) }, ONCE));
    expect([await call(most), await call(most + 1)]).toEqual(["OK", "UNIMPLEMENTED"]);
  });

  it("refuse versions that are not there, other purposes and disabled versions", async () => {
    const started = await start();
    const { client } = started;
    const [symmetric, name] = [await createKey(started), await macKey(started)];
    const codes = async (version: string) => [
      await codeOf(client.macSign({ name: version }, ONCE)),
      await codeOf(client.macVerify({ name: version }, ONCE)),
    ];
    expect(await codes(name.replace(/1$/, "2"))).toEqual(["NOT_FOUND", "NOT_FOUND"]);
    expect(await codes(`${symmetric}/cryptoKeyVersions/1`)).toEqual(["FAILED_PRECONDITION", "FAILED_PRECONDITION"]);
    const cryptoKeyVersion = { name, state: "DISABLED" } as const;
    await client.updateCryptoKeyVersion({ cryptoKeyVersion, updateMask: { paths: ["state"] } }, ONCE);
    expect(await codes(name)).toEqual(["FAILED_PRECONDITION", "FAILED_PRECONDITION"]);
  });
});
