import { describe, expect, it } from "vitest";
import { bytes, codeOf, createKey, createKeyFor, DAY_MS, type Key, ONCE, start, startAlone } from "../setup.ts";

const NOW = 1_800_000_000_000;
const at = (ms: number) => ({ seconds: String(ms / 1000), nanos: 0 });

describe("UpdateCryptoKey", () => {
  it("changes what the mask names and nothing else", async () => {
    const started = await start();
    const name = await createKey(started, { purpose: "ENCRYPT_DECRYPT", labels: { a: "1", b: "2" } });
    const [updated] = await started.client.updateCryptoKey(
      { cryptoKey: { name, labels: { c: "3" }, purpose: "MAC" }, updateMask: { paths: ["labels"] } },
      ONCE,
    );
    expect(updated).toMatchObject({ name, purpose: "ENCRYPT_DECRYPT" });
    expect(updated.labels).toEqual({ c: "3" });
  });

  it("sets, moves and removes a rotation schedule", async () => {
    const started = await startAlone({ now: () => NOW });
    const name = await createKey(started);
    const update = async (cryptoKey: Key, ...paths: string[]) => {
      const [key] = await started.client.updateCryptoKey(
        { cryptoKey: { name, ...cryptoKey }, updateMask: { paths } },
        ONCE,
      );
      return [key.rotationPeriod, key.nextRotationTime];
    };
    const schedule = { rotationPeriod: { seconds: 90 * 86_400 }, nextRotationTime: { seconds: NOW / 1000 + 86_400 } };
    const both = ["rotation_period", "next_rotation_time"];
    expect(await update(schedule, ...both)).toEqual([at(90 * DAY_MS), at(NOW + DAY_MS)]);
    expect(await update({ rotationPeriod: { seconds: 86_400 } }, "rotation_period")).toEqual([
      at(DAY_MS),
      at(NOW + DAY_MS),
    ]);
    expect(await update({}, ...both)).toEqual([undefined, null]);
  });

  it("changes the algorithm of versions to come, within the purpose", async () => {
    const started = await start();
    const name = await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P384_SHA384");
    const template = (algorithm: "EC_SIGN_P256_SHA256" | "HMAC_SHA256") => ({
      cryptoKey: { name, versionTemplate: { algorithm } },
      updateMask: { paths: ["version_template.algorithm"] },
    });
    await started.client.updateCryptoKey(template("EC_SIGN_P256_SHA256"), ONCE);
    const [next] = await started.client.createCryptoKeyVersion({ parent: name }, ONCE);
    const [first] = await started.client.getCryptoKeyVersion({ name: `${name}/cryptoKeyVersions/1` }, ONCE);
    expect([first.algorithm, next.algorithm]).toEqual(["EC_SIGN_P384_SHA384", "EC_SIGN_P256_SHA256"]);
    expect(await codeOf(started.client.updateCryptoKey(template("HMAC_SHA256"), ONCE))).toBe("INVALID_ARGUMENT");
  });

  it.each([
    [[], "INVALID_ARGUMENT"],
    [["name"], "INVALID_ARGUMENT"],
    [["purpose"], "INVALID_ARGUMENT"],
    [["destroy_scheduled_duration"], "INVALID_ARGUMENT"],
    [["labels", "rotation_period"], "INVALID_ARGUMENT"],
    [["key_access_justifications_policy"], "UNIMPLEMENTED"],
  ])("is refused with the mask %j, and changes nothing", async (paths, code) => {
    const started = await start();
    const name = await createKey(started);
    const cryptoKey = { name, labels: { a: "1" }, rotationPeriod: { seconds: 86_400 } };
    const got = await codeOf(started.client.updateCryptoKey({ cryptoKey, updateMask: { paths } }, ONCE));
    const [after] = await started.client.getCryptoKey({ name }, ONCE);
    expect(got).toBe(code);
    expect(after.labels).toEqual({});
  });
});

describe("UpdateCryptoKeyVersion", () => {
  it("disables and enables, and the key shows it in its primary", async () => {
    const started = await start();
    const key = await createKey(started);
    const set = async (state: "ENABLED" | "DISABLED") => {
      const cryptoKeyVersion = { name: `${key}/cryptoKeyVersions/1`, state };
      const [version] = await started.client.updateCryptoKeyVersion(
        { cryptoKeyVersion, updateMask: { paths: ["state"] } },
        ONCE,
      );
      return version.state;
    };
    expect(await set("DISABLED")).toBe("DISABLED");
    expect((await started.client.getCryptoKey({ name: key }, ONCE))[0].primary?.state).toBe("DISABLED");
    expect(await set("DISABLED")).toBe("DISABLED");
    expect(await set("ENABLED")).toBe("ENABLED");
  });

  it.each([
    ["state", "PENDING_IMPORT"],
    ["state", "DESTROYED"],
    ["state", "CRYPTO_KEY_VERSION_STATE_UNSPECIFIED"],
    ["name", "ENABLED"],
  ] as const)("is refused for the field %s and the state %s", async (path, state) => {
    const started = await start();
    const name = `${await createKey(started)}/cryptoKeyVersions/1`;
    const request = { cryptoKeyVersion: { name, state }, updateMask: { paths: [path] } };
    expect(await codeOf(started.client.updateCryptoKeyVersion(request, ONCE))).toBe("INVALID_ARGUMENT");
  });

  it("is refused without a mask, and for a version that is to be destroyed", async () => {
    const started = await start();
    const name = `${await createKey(started)}/cryptoKeyVersions/1`;
    const cryptoKeyVersion = { name, state: "ENABLED" } as const;
    expect(await codeOf(started.client.updateCryptoKeyVersion({ cryptoKeyVersion }, ONCE))).toBe("INVALID_ARGUMENT");
    await started.client.destroyCryptoKeyVersion({ name }, ONCE);
    const request = { cryptoKeyVersion, updateMask: { paths: ["state"] } };
    expect(await codeOf(started.client.updateCryptoKeyVersion(request, ONCE))).toBe("FAILED_PRECONDITION");
  });
});

describe("UpdateCryptoKeyPrimaryVersion", () => {
  it("chooses the version that encrypts, in whatever state", async () => {
    const started = await start();
    const { client } = started;
    const name = await createKey(started);
    await client.createCryptoKeyVersion({ parent: name }, ONCE);
    const [key] = await client.updateCryptoKeyPrimaryVersion({ name, cryptoKeyVersionId: "2" }, ONCE);
    const [sealed] = await client.encrypt({ name, plaintext: bytes("text") }, ONCE);
    await client.destroyCryptoKeyVersion({ name: `${name}/cryptoKeyVersions/1` }, ONCE);
    const [back] = await client.updateCryptoKeyPrimaryVersion({ name, cryptoKeyVersionId: "1" }, ONCE);
    expect(key.primary?.name).toBe(`${name}/cryptoKeyVersions/2`);
    expect(sealed.name).toBe(`${name}/cryptoKeyVersions/2`);
    expect(back.primary?.state).toBe("DESTROY_SCHEDULED");
    expect(await codeOf(client.encrypt({ name, plaintext: bytes("text") }, ONCE))).toBe("FAILED_PRECONDITION");
  });

  it("is refused for versions that are not there and keys that have no primary", async () => {
    const started = await start();
    const [name, mac] = [await createKey(started), await createKeyFor(started, "MAC", "HMAC_SHA256")];
    const update = (key: string, cryptoKeyVersionId: string) =>
      codeOf(started.client.updateCryptoKeyPrimaryVersion({ name: key, cryptoKeyVersionId }, ONCE));
    expect(await update(name, "2")).toBe("NOT_FOUND");
    expect(await update(name, "x")).toBe("INVALID_ARGUMENT");
    expect(await update(mac, "1")).toBe("UNIMPLEMENTED");
  });
});
