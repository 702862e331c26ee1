import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { guarded } from "./guarded.ts";
import { bytes, call, context, freshName, keyOf, nameIn, refusal, rejection, stand } from "./setup.ts";

const hsm = { flavour: "managed-hsm" } as const;
const ec = "ECDSA-P256-SHA256";
const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;

type Verb = "encrypt" | "decrypt" | "sign" | "wrapKey" | "unwrapKey";
interface Settings {
  readonly onResponse: (response: object) => void;
}

/** Has the SDK answer this, by the version that is named, until the test ends. */
function answering(verb: Verb, answer: object, kid: string | undefined): void {
  const asked = vi.spyOn(CryptographyClient.prototype, verb) as unknown as {
    readonly mockImplementation: (act: (...given: readonly unknown[]) => Promise<object>) => void;
    readonly mockRestore: () => void;
  };
  onTestFinished(() => asked.mockRestore());
  asked.mockImplementation(async (...given) => {
    const { onResponse } = given.at(-1) as Settings;
    onResponse({ status: 200, headers: { get: () => undefined }, request: { method: "POST" }, parsedBody: { kid } });
    return answer;
  });
}

describe("an answer of another length than the algorithm gives is TAMPERED", () => {
  const genuine = { result: new Uint8Array(1), iv: new Uint8Array(12), authenticationTag: new Uint8Array(16) };

  test.each([
    ["nonce", { iv: new Uint8Array(16) }],
    ["body", { result: new Uint8Array(2) }],
    ["tag", { authenticationTag: new Uint8Array(12) }],
  ])("%s of a ciphertext under A256GCM", async (_part, other) => {
    const here = await stand(hsm);
    const key = await keyOf(here, "AES-256-GCM");
    const kid = `${key.id}/${key.version}`;
    answering("encrypt", genuine, kid);
    expect((await here.driver.encrypt(key, bytes("x"), context(), call())).bytes).toHaveLength(29);
    answering("encrypt", { ...genuine, ...other }, kid);
    expect(await refusal(here.driver.encrypt(key, bytes("x"), context(), call()))).toMatchObject({ code: "TAMPERED" });
  });

  test("a plaintext under A256GCM", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, "AES-256-GCM");
    const ciphertext = new Uint8Array(12 + 5 + 16);
    answering("decrypt", { result: bytes("12345") }, `${key.id}/${key.version}`);
    expect((await here.driver.decrypt(key, ciphertext, context(), call())).bytes).toEqual(bytes("12345"));
    for (const result of ["", bytes("1234"), bytes("123456")]) {
      answering("decrypt", { result }, `${key.id}/${key.version}`);
      expect(await refusal(here.driver.decrypt(key, ciphertext, context(), call()))).toMatchObject({
        code: "TAMPERED",
      });
    }
  });

  test("what AES-KWP wraps", async () => {
    const here = await stand(hsm);
    const key = await keyOf(here, "AES-256-KWP");
    for (const [length, isMade] of [
      [16, false],
      [24, true],
      [25, false],
      [32, false],
    ] as const) {
      answering("wrapKey", { result: new Uint8Array(length) }, `${key.id}/${key.version}`);
      const answer = here.driver.wrapKey(key, new Uint8Array(9), call());
      if (isMade) expect((await answer).bytes).toHaveLength(length);
      else expect(await refusal(answer)).toMatchObject({ code: "TAMPERED" });
    }
  });

  test("a signature of a curve", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    for (const length of [0, 63, 65, 72]) {
      answering("sign", { result: new Uint8Array(length).fill(1) }, `${key.id}/${key.version}`);
      expect(await refusal(here.driver.sign(key, digest, call()))).toMatchObject({ code: "TAMPERED" });
    }
  });
});

describe("an answer that does not say who answered", () => {
  test("is no answer of Azure's where it names nothing, and TAMPERED where it names no version", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    const result = new Uint8Array(64).fill(1);
    answering("sign", { result }, `${key.id}/${key.version}`);
    expect(await here.driver.sign(key, digest, call())).toMatchObject({ id: key.id, version: key.version });
    answering("sign", { result }, undefined);
    expect(await refusal(here.driver.sign(key, digest, call()))).toMatchObject({ code: "UNAVAILABLE" });
    for (const kid of [key.id, `${key.id}/`, `${key.id}/${key.version}x`, "", key.version]) {
      answering("sign", { result }, kid);
      expect(await refusal(here.driver.sign(key, digest, call())), kid).toMatchObject({ code: "TAMPERED" });
    }
  });
});

describe("an answer to a change", () => {
  test("that names another version than the one to be changed is TAMPERED, and whether it was changed unknown", async () => {
    const here = await stand();
    const key = await keyOf(here, ec);
    const { version: other = "" } = await here.driver.rotate(key, call());
    here.emulator.others.answerAs(other, "UpdateKey");
    expect(await refusal(here.driver.setEnabled(key, key.version, false, call()))).toMatchObject({
      code: "TAMPERED",
      outcome: "unknown",
      keyId: key.id,
    });
  });

  test("that shows another rotation period than the one that was set is TAMPERED, and the key was made", async () => {
    const { kms } = await guarded();
    for (const lifetimeActions of [[{ action: "Rotate", timeAfterCreate: "P30D" }], []] as const) {
      const set = vi.spyOn(KeyClient.prototype, "updateKeyRotationPolicy");
      onTestFinished(() => set.mockRestore());
      set.mockResolvedValue({ id: "", lifetimeActions: [...lifetimeActions] });
      const error = await rejection(kms.generateKey("azure", { algorithm: ec, rotateEveryDays: 90 }));
      expect(error).toMatchObject({ code: "TAMPERED", outcome: "done" });
    }
  });
});

test("a rotation on a Managed HSM makes a version that protects, though the newest was narrowed to reading", async () => {
  const here = await stand(hsm);
  const key = await keyOf(here, "AES-256-GCM");
  const { version: newest } = await here.driver.rotate(key, call());
  const superseded = { reason: "superseded", revokedAt: new Date(), occurredAt: new Date() } as const;
  await here.driver.revoke(key, newest, superseded, call());
  const { version = "", record } = await here.driver.rotate(key, call());
  expect(record).toMatchObject({ currentVersion: version, state: "enabled" });
  expect((await here.keys.getKey(nameIn(key.id))).keyOperations).toEqual(["encrypt", "decrypt"]);
  expect((await here.driver.encrypt({ ...key, version }, bytes("x"), context(), call())).version).toBe(version);
});

test("a creation that is answered for another name is TAMPERED", async () => {
  const here = await stand();
  const other = await here.driver.createKey({ algorithm: ec, name: freshName() }, call());
  const made = await here.keys.getKey(nameIn(other.id));
  const create = vi.spyOn(KeyClient.prototype, "createKey").mockResolvedValue(made);
  onTestFinished(() => create.mockRestore());
  const error = await refusal(here.driver.createKey({ algorithm: ec, name: freshName() }, call()));
  expect(error).toMatchObject({ code: "TAMPERED" });
});

test.each([
  ["fewer", new Uint8Array(7), "CORRUPTED"],
  ["more", new Uint8Array(9), "CORRUPTED"],
  ["none, as the SDK's text", "", "CORRUPTED"],
  ["nothing", undefined, "UNAVAILABLE"],
])("random bytes of which %s come are not used", async (_what, answered, code) => {
  const here = await stand(hsm);
  const answer = vi.spyOn(KeyClient.prototype, "getRandomBytes").mockResolvedValue(answered as Uint8Array);
  onTestFinished(() => answer.mockRestore());
  expect(await refusal(here.driver.generateRandom(8, call()))).toMatchObject({ code });
});

test("a list that shows a key of another vault is TAMPERED", async () => {
  const here = await stand();
  const id = `https://other.vault.azure.net/keys/k/${"f".repeat(32)}`;
  const page = [{ id, name: "k", vaultUrl: "https://other.vault.azure.net" }];
  const list = vi.spyOn(KeyClient.prototype, "listPropertiesOfKeys");
  onTestFinished(() => list.mockRestore());
  const pages = (async function* () {
    yield page;
  })();
  list.mockReturnValue({ byPage: () => pages } as unknown as ReturnType<KeyClient["listPropertiesOfKeys"]>);
  const listed = here.driver.listKeys(call())[Symbol.asyncIterator]();
  expect(await refusal(listed.next())).toMatchObject({ code: "TAMPERED" });
});
