import { describe, expect, it } from "vitest";
import {
  bytes,
  bytesOf,
  codeOf,
  createKey,
  createKeyFor,
  DAY_MS,
  ONCE,
  present,
  refusalOf,
  start,
  startAlone,
} from "../setup.ts";

const NOW = 1_800_000_000_000;
const at = (ms: number) => ({ seconds: String(ms / 1000), nanos: 0 });

describe("new versions", () => {
  it("of asymmetric keys are pending until the clock has moved by the generation delay", async () => {
    const started = await startAlone({ now: () => NOW, generationDelayMs: 5000 });
    const parent = await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256");
    const [created] = await started.client.createCryptoKeyVersion({ parent }, ONCE);
    const name = present(created.name);
    const early = await refusalOf(started.client.getPublicKey({ name }, ONCE));
    started.emulator.clock.advance(4999);
    const [still] = await started.client.getCryptoKeyVersion({ name }, ONCE);
    started.emulator.clock.advance(1);
    const [ready] = await started.client.getCryptoKeyVersion({ name }, ONCE);
    expect(created).toMatchObject({
      name: `${parent}/cryptoKeyVersions/2`,
      state: "PENDING_GENERATION",
      generateTime: null,
    });
    expect(early).toMatchObject({
      code: "FAILED_PRECONDITION",
      message: `${name} is not enabled, current state is: PENDING_GENERATION.`,
      details: [{ violations: [{ type: "KEY_PENDING_GENERATION", subject: name }] }],
    });
    expect(still.state).toBe("PENDING_GENERATION");
    expect(ready).toMatchObject({ state: "ENABLED", generateTime: at(NOW + 5000) });
  });

  it("of asymmetric keys are answered as pending and enabled at the next look without a delay", async () => {
    const started = await startAlone({ now: () => NOW });
    const parent = await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256", "HSM");
    const [created] = await started.client.createCryptoKeyVersion({ parent }, ONCE);
    const [found] = await started.client.getCryptoKeyVersion({ name: present(created.name) }, ONCE);
    expect([created.state, found.state]).toEqual(["PENDING_GENERATION", "ENABLED"]);
  });

  it("of symmetric and MAC keys are enabled at once, have the next number and are not primary", async () => {
    const started = await startAlone({ generationDelayMs: 5000 });
    const symmetric = await createKey(started);
    const mac = await createKeyFor(started, "MAC", "HMAC_SHA256");
    const [second] = await started.client.createCryptoKeyVersion({ parent: symmetric, cryptoKeyVersion: {} }, ONCE);
    const [ofMac] = await started.client.createCryptoKeyVersion({ parent: mac }, ONCE);
    const [key] = await started.client.getCryptoKey({ name: symmetric }, ONCE);
    expect(second).toMatchObject({ name: `${symmetric}/cryptoKeyVersions/2`, state: "ENABLED" });
    expect(ofMac).toMatchObject({ name: `${mac}/cryptoKeyVersions/2`, state: "ENABLED" });
    expect(key.primary?.name).toBe(`${symmetric}/cryptoKeyVersions/1`);
  });

  it("are listed by number, beyond ten", async () => {
    const started = await start();
    const parent = await createKey(started);
    for (let number = 2; number <= 11; number += 1) await started.client.createCryptoKeyVersion({ parent }, ONCE);
    const [versions] = await started.client.listCryptoKeyVersions({ parent }, ONCE);
    const numbers = versions.map(({ name }) => Number(present(name).split("/").at(-1)));
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("cannot be named wrongly, found where there are none, or made in another state", async () => {
    const started = await start();
    const parent = await createKey(started);
    const { client } = started;
    expect(await codeOf(client.getCryptoKeyVersion({ name: `${parent}/cryptoKeyVersions/2` }, ONCE))).toBe("NOT_FOUND");
    expect(await codeOf(client.getCryptoKeyVersion({ name: `${parent}/cryptoKeyVersions/x` }, ONCE))).toBe(
      "INVALID_ARGUMENT",
    );
    expect(await codeOf(client.createCryptoKeyVersion({ parent: "locations/foo" }, ONCE))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(client.createCryptoKeyVersion({ parent, cryptoKeyVersion: { state: "DISABLED" } }, ONCE))).toBe(
      "UNIMPLEMENTED",
    );
  });
});

describe("destruction", () => {
  it("is scheduled for the key's own window, happens on the clock, and is irrevocable", async () => {
    const started = await startAlone({ now: () => NOW });
    const { client, emulator } = started;
    const key = await createKey(started, {
      purpose: "ENCRYPT_DECRYPT",
      destroyScheduledDuration: { seconds: 2 * 86_400 },
    });
    const name = `${key}/cryptoKeyVersions/1`;
    const [sealed] = await client.encrypt({ name: key, plaintext: bytes("text") }, ONCE);
    const decrypt = () => client.decrypt({ name: key, ciphertext: bytesOf(sealed.ciphertext) }, ONCE);
    const [scheduled] = await client.destroyCryptoKeyVersion({ name }, ONCE);
    const [whileScheduled, again] = [
      await refusalOf(decrypt()),
      await codeOf(client.destroyCryptoKeyVersion({ name }, ONCE)),
    ];
    emulator.clock.advance(2 * DAY_MS);
    const [destroyed] = await client.getCryptoKeyVersion({ name }, ONCE);
    expect(scheduled).toMatchObject({ state: "DESTROY_SCHEDULED", destroyTime: at(NOW + 2 * DAY_MS) });
    expect(whileScheduled).toMatchObject({
      code: "FAILED_PRECONDITION",
      message: `${name} is not enabled, current state is: DESTROY_SCHEDULED.`,
      details: [],
    });
    expect(again).toBe("FAILED_PRECONDITION");
    expect(destroyed).toMatchObject({
      state: "DESTROYED",
      destroyTime: null,
      destroyEventTime: at(NOW + 2 * DAY_MS),
    });
    expect(await codeOf(decrypt())).toBe("FAILED_PRECONDITION");
    expect(await codeOf(client.restoreCryptoKeyVersion({ name }, ONCE))).toBe("FAILED_PRECONDITION");
  });

  it("can be called off in time: the version comes back disabled", async () => {
    const started = await startAlone({ now: () => NOW });
    const name = `${await createKey(started)}/cryptoKeyVersions/1`;
    await started.client.destroyCryptoKeyVersion({ name }, ONCE);
    started.emulator.clock.advance(30 * DAY_MS - 1);
    const [restored] = await started.client.restoreCryptoKeyVersion({ name }, ONCE);
    expect(restored).toMatchObject({ state: "DISABLED", destroyTime: null });
    expect(await codeOf(started.client.restoreCryptoKeyVersion({ name }, ONCE))).toBe("FAILED_PRECONDITION");
  });

  it("is refused while a version is pending", async () => {
    const started = await startAlone({ generationDelayMs: 60_000 });
    const name = `${await createKeyFor(started, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256")}/cryptoKeyVersions/1`;
    expect(await codeOf(started.client.destroyCryptoKeyVersion({ name }, ONCE))).toBe("FAILED_PRECONDITION");
  });
});
