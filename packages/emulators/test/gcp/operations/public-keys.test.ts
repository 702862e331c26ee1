import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/gcp/checksums.ts";
import { bytesOf, codeOf, createKey, createKeyFor, ONCE, present, start } from "../setup.ts";

describe("GetPublicKey", () => {
  it("fills pem alone when no format is asked for", async () => {
    const started = await start();
    const name = `${await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256", "HSM")}/cryptoKeyVersions/1`;
    const [key] = await started.client.getPublicKey({ name }, ONCE);
    const pem = present(key.pem);
    expect(createPublicKey(pem).asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(key).toMatchObject({
      name,
      algorithm: "EC_SIGN_P256_SHA256",
      protectionLevel: "HSM",
      publicKey: null,
      pemCrc32c: { value: String(crc32c(Buffer.from(pem))) },
    });
    expect(pem).toBe(createPublicKey(pem).export({ type: "spki", format: "pem" }));
  });

  it("fills publicKey with its checksum in the format that is asked for", async () => {
    const started = await start();
    const name = `${await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P384_SHA384")}/cryptoKeyVersions/1`;
    const [[plain], [der], [pem]] = await Promise.all([
      started.client.getPublicKey({ name }, ONCE),
      started.client.getPublicKey({ name, publicKeyFormat: "DER" }, ONCE),
      started.client.getPublicKey({ name, publicKeyFormat: "PEM" }, ONCE),
    ]);
    const spki = createPublicKey(present(plain.pem)).export({ type: "spki", format: "der" });
    expect(bytesOf(der.publicKey?.data).equals(spki)).toBe(true);
    expect(bytesOf(pem.publicKey?.data).toString()).toBe(plain.pem);
    for (const key of [der, pem]) {
      expect(key.publicKey?.crc32cChecksum?.value).toBe(String(crc32c(bytesOf(key.publicKey?.data))));
      expect(key).toMatchObject({ pem: "", pemCrc32c: null });
    }
    expect([der.publicKeyFormat, pem.publicKeyFormat]).toEqual(["DER", "PEM"]);
  });

  it("refuses keys without a public half, names that are none, and formats that are not emulated", async () => {
    const started = await start();
    const [symmetric, mac] = [await createKey(started), await createKeyFor(started, "MAC", "HMAC_SHA256")];
    const ec = await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256");
    const get = (name: string, publicKeyFormat?: "NIST_PQC") =>
      codeOf(
        started.client.getPublicKey({ name, ...(publicKeyFormat === undefined ? {} : { publicKeyFormat }) }, ONCE),
      );
    expect(await get(`${symmetric}/cryptoKeyVersions/1`)).toBe("FAILED_PRECONDITION");
    expect(await get(`${mac}/cryptoKeyVersions/1`)).toBe("FAILED_PRECONDITION");
    expect(await get("malformed name")).toBe("INVALID_ARGUMENT");
    expect(await get(`${ec}/cryptoKeyVersions/2`)).toBe("NOT_FOUND");
    expect(await get(`${ec}/cryptoKeyVersions/1`, "NIST_PQC")).toBe("UNIMPLEMENTED");
  });
});
