import { setTimeout as wait } from "node:timers/promises";
import { KmsError, type Kms } from "@kms/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  anyOf,
  decrypt,
  decryptChunks,
  encrypt,
  kmsRecipient,
  rawAesRecipient,
  recipientReport,
  type Recipient,
} from "../src/index.ts";
import { context, field, forge, u16, type Forgery } from "./forge.ts";
import { startClouds, type Clouds, type ProviderName } from "./clouds.ts";
import { bytes, refusal, text } from "./setup.ts";

let clouds: Clouds;
beforeAll(async () => void (clouds = await startClouds()));
afterEach(() => clouds.restore());
afterAll(() => clouds.close());

const names: readonly ProviderName[] = ["aws", "azure", "hsm", "gcp", "own"];
const entries = { tenant: "42", größe: "\u{1F511}" };
const of = (name: ProviderName): Recipient => kmsRecipient(clouds.kms, clouds.keys[name]);
const all = (): Recipient => anyOf(names.map(of), "everybody");

describe.each(names)("a key at %s", (name) => {
  test.each([0x0478, 0x0578] as const)("wraps and unwraps data keys of messages in suite %d", async (suite) => {
    const message = await encrypt(of(name), bytes("attack at dawn"), entries, { suite });
    const { plaintext, associatedData, recipients } = await decrypt(of(name), message, entries);
    expect(text(plaintext)).toBe("attack at dawn");
    expect({ ...associatedData }).toEqual(entries);
    expect(recipients.outcome).toBe("opened");
    expect((await refusal(decrypt(of(name), message, { tenant: "43" }))).code).toBe("DECRYPTION_FAILED");
  });

  test("is told from the other keys in a message for all of them", async () => {
    const message = await encrypt(all(), bytes("attack at dawn"), entries);
    const before = clouds.audit.events().length;
    expect(text((await decrypt(of(name), message)).plaintext)).toBe("attack at dawn");
    expect(clouds.audit.events().length - before).toBe(2); // one call: an intent and an outcome
    const without = anyOf(names.filter((other) => other !== name).map(of));
    const error = await refusal(decrypt(of(name), await encrypt(without, bytes("attack at dawn"))));
    expect(error.code).toBe("DECRYPTION_FAILED");
    expect(recipientReport(error)?.outcome).toBe("not-for-this-recipient");
  });
});

describe("a message for five", () => {
  test("opens with any two left, and the report names the three", async () => {
    const message = await encrypt(all(), bytes("attack at dawn"), entries);
    for (const down of [
      ["aws", "azure", "hsm"],
      ["aws", "gcp", "own"],
      ["azure", "hsm", "gcp"],
    ] as const) {
      for (const name of down) await clouds.takeDown(name);
      const { plaintext, recipients } = await decrypt(all(), message);
      expect(text(plaintext)).toBe("attack at dawn");
      const [opener] = names.filter((name) => !(down as readonly string[]).includes(name));
      const asked = names.slice(0, names.indexOf(opener ?? "own") + 1);
      expect(recipients.of?.map(({ recipient }) => recipient.split(" ")[0])).toEqual(asked);
      for (const { recipient, outcome } of recipients.of ?? []) {
        const name = recipient.split(" ")[0] as ProviderName;
        expect(outcome).toBe(name === opener ? "opened" : name === "own" ? "state" : "unreachable");
      }
      await clouds.restore();
    }
  });

  test("fails with a tree, a line for each, when nobody is left", async () => {
    const message = await encrypt(all(), bytes("attack at dawn"), entries);
    for (const name of names) await clouds.takeDown(name);
    const error = await refusal(decrypt(all(), message));
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.retryable).toBe(true);
    const report = recipientReport(error);
    expect(report).toMatchObject({ recipient: "everybody", outcome: "unreachable" });
    expect(report?.of?.map(({ outcome }) => outcome)).toEqual([
      "unreachable",
      "unreachable",
      "unreachable",
      "unreachable",
      "state",
    ]);
    expect(error.message.split("\n")).toHaveLength(7);
    expect(error.message).toContain("own ");
  });

  test("is not made when one of them cannot wrap", async () => {
    await clouds.takeDown("gcp");
    expect((await refusal(encrypt(all(), bytes("attack at dawn")))).code).toBe("UNAVAILABLE");
  });
});

describe("after a rotation", () => {
  test.each(["aws", "hsm", "gcp", "own", "azure"] as const)("a message from before it opens at %s", async (name) => {
    const { kms, keys } = clouds;
    const fresh = await kms.generateKey(name, { algorithm: keys[name].algorithm });
    const message = await encrypt(kmsRecipient(kms, fresh), bytes("attack at dawn"), entries);
    const rotated = await kms.rotateKey(fresh);
    const later = await encrypt(kmsRecipient(kms, rotated), bytes("attack at noon"), entries);
    for (const key of [fresh, rotated]) {
      expect(text((await decrypt(kmsRecipient(kms, key), message, entries)).plaintext)).toBe("attack at dawn");
      expect(text((await decrypt(kmsRecipient(kms, key), later, entries)).plaintext)).toBe("attack at noon");
    }
  });
});

describe("a recipient who hangs", () => {
  const hanging: Recipient = {
    name: "hanging",
    wrap: () => [],
    unwrap: async (_encrypted, _length, { remainingMs }) => {
      await wait(remainingMs());
      return {
        dataKey: undefined,
        report: { recipient: "hanging", outcome: "unreachable" },
        errors: [new KmsError("DEADLINE_EXCEEDED", "too late")],
      };
    },
  };

  test("leaves the others their share of the time", async () => {
    const raw = rawAesRecipient("space", "key", new Uint8Array(32));
    const message = await encrypt(raw, bytes("attack at dawn"));
    // Whoever is asked last has a third of the time left.
    const patient: Recipient = {
      ...raw,
      unwrap: (encrypted, lengthBytes, request) =>
        request.remainingMs() > 50 ? raw.unwrap(encrypted, lengthBytes, request) : hanging.unwrap([], 0, request),
    };
    const { plaintext, recipients } = await decrypt(
      anyOf([hanging, hanging, patient]),
      message,
      {},
      { timeoutMs: 1_500 },
    );
    expect(text(plaintext)).toBe("attack at dawn");
    expect(recipients.of?.map(({ outcome }) => outcome)).toEqual(["unreachable", "unreachable", "opened"]);
  });
});

test("a key that its owner lets no longer unwrap leaves the message to the others", async () => {
  const { kms, keys } = clouds;
  const narrowed: Kms = {
    ...kms,
    unwrapDataKey: () => Promise.reject(new KmsError("UNSUPPORTED", "key_ops lacks unwrapKey")),
  };
  const message = await encrypt(anyOf([of("azure"), of("own")]), bytes("attack at dawn"));
  const { plaintext, recipients } = await decrypt(anyOf([kmsRecipient(narrowed, keys.azure), of("own")]), message);
  expect(text(plaintext)).toBe("attack at dawn");
  expect(recipients.of?.map(({ outcome }) => outcome)).toEqual(["state", "opened"]);
  expect((await refusal(decrypt(kmsRecipient(narrowed, keys.azure), message))).code).toBe("UNSUPPORTED");
});

test("a message for more recipients than readers take is not made, and its data key is overwritten", async () => {
  const raw = (count: number): Recipient[] =>
    Array.from({ length: count }, (_, index) => rawAesRecipient("space", `${index}`, new Uint8Array(32)));
  const generated = new Uint8Array(32).fill(7);
  const first: Recipient = {
    ...of("own"),
    generate: () => ({
      dataKey: generated,
      encrypted: [{ providerId: "a", providerInfo: bytes(""), ciphertext: bytes("") }],
    }),
  };
  const nested = anyOf([first, anyOf(raw(16)), anyOf(raw(16))]);
  expect((await refusal(encrypt(nested, bytes("a")))).code).toBe("TOO_LARGE");
  expect(generated.every((byte) => byte === 0)).toBe(true);
  const most = anyOf([anyOf(raw(16)), anyOf(raw(16))]);
  expect(text((await decrypt(most, await encrypt(most, bytes("a")))).plaintext)).toBe("a");
});

test("a caller who cancels while keys are asked for asks nobody else", async () => {
  const message = await encrypt(all(), bytes("attack at dawn"));
  const cancelling = new AbortController();
  cancelling.abort();
  const before = clouds.requests();
  const error = await refusal(decrypt(all(), message, {}, { signal: cancelling.signal }));
  expect(error.code).toBe("CANCELLED");
  expect(clouds.requests() - before).toBe(0);
});

test("a caller who cancels while a key is asked for asks nobody after it", async () => {
  const recipient = anyOf([of("aws"), of("gcp")]);
  const message = await encrypt(recipient, bytes("attack at dawn"));
  clouds.slowDown("aws", 5_000);
  const cancelling = new AbortController();
  const before = clouds.requests();
  const opening = refusal(decrypt(recipient, message, {}, { signal: cancelling.signal }));
  await expect.poll(() => clouds.requests()).toBe(before + 1);
  cancelling.abort();
  expect((await opening).code).toBe("CANCELLED");
  expect(clouds.requests()).toBe(before + 1);
});

test("policy, restriction and authorize are asked at every wrap and unwrap", async () => {
  const { kms, keys } = clouds;
  const bound = kms.restrictKey(keys.own, { requiredAssociatedData: { tenant: "42" } });
  const message = await encrypt(kmsRecipient(kms, bound), bytes("attack at dawn"), { tenant: "42" });
  const other = await encrypt(of("own"), bytes("attack at dawn"), { tenant: "43" });
  expect((await refusal(encrypt(kmsRecipient(kms, bound), bytes("a"), { tenant: "43" }))).code).toBe(
    "POLICY_VIOLATION",
  );
  expect((await refusal(decrypt(kmsRecipient(kms, bound), other))).code).toBe("POLICY_VIOLATION");
  expect(text((await decrypt(kmsRecipient(kms, bound), message)).plaintext)).toBe("attack at dawn");
});

test("a key is told from one whose name begins with its own", async () => {
  const { kms } = clouds;
  const algorithm = "AES-256-GCM";
  const short = await kms.generateKey("own", { algorithm, name: "orders" });
  const long = await kms.generateKey("own", { algorithm, name: "orders-2" });
  const error = await refusal(decrypt(kmsRecipient(kms, short), await encrypt(kmsRecipient(kms, long), bytes("a"))));
  expect(recipientReport(error)?.outcome).toBe("not-for-this-recipient");
});

test("a data key that not all can wrap is overwritten", async () => {
  const generated = new Uint8Array(32).fill(7);
  const first: Recipient = { ...of("own"), generate: () => ({ dataKey: generated, encrypted: [] }) };
  await clouds.takeDown("gcp");
  expect((await refusal(encrypt(anyOf([first, of("gcp")]), bytes("a")))).code).toBe("UNAVAILABLE");
  expect(generated.every((byte) => byte === 0)).toBe(true);
});

test("a key that wraps no data keys, or is of another Kms, is told as the mistake it is", async () => {
  const { kms, keys } = clouds;
  const signing = await kms.generateKey("own", { algorithm: "Ed25519" });
  expect(() => kmsRecipient(kms, signing)).toThrow("Ed25519");
  const message = await encrypt(of("own"), bytes("a"));
  const stranger = kmsRecipient(kms, { ...keys.own });
  expect((await refusal(decrypt(stranger, message))).code).toBe("INVALID_ARGUMENT");
});

describe("a message that the guard would not take as an argument", () => {
  test.each<[string, Forgery]>([
    ["names of this library's own", { context: context(["kms-header", "1"]) }],
    ["an empty name", { context: context(["", "1"]) }],
    ["a name __proto__", { context: context(["__proto__", "1"]) }],
    ["8,001 bytes of associated data", { context: context(["a", "x".repeat(7_994)]) }],
    ["a provider without a name", { dataKeys: dataKeysOf("", clouds?.keys.own.keyId ?? "") }],
    ["a provider with a name of 256 characters", { dataKeys: dataKeysOf("x".repeat(256), "") }],
  ])("because of %s is refused as any other", async (_what, forgery) => {
    for (const name of ["own", "aws"] as const) {
      expect((await refusal(decrypt(of(name), forge(forgery)))).code).toBe("DECRYPTION_FAILED");
    }
  });
});

function dataKeysOf(providerId: string, providerInfo: string): Buffer {
  return Buffer.concat([u16(1), field(providerId), field(providerInfo), field("")]);
}

test("a suspended key reads for a reason", async () => {
  const { kms, keys } = clouds;
  const message = await encrypt(of("own"), bytes("attack at dawn"));
  await clouds.takeDown("own");
  expect((await refusal(decrypt(of("own"), message))).code).toBe("INVALID_STATE");
  const accept = { state: "suspended", reason: "ticket 63" } as const;
  const opened = await decrypt(kmsRecipient(kms, keys.own, { accept }), message);
  expect(text(opened.plaintext)).toBe("attack at dawn");
});

test("streams ask recipients as whole messages do", async () => {
  const message = await encrypt(all(), bytes("attack at dawn"), entries);
  await clouds.takeDown("aws");
  const chunks = decryptChunks(all(), [message], entries);
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  expect(text(Buffer.concat(parts))).toBe("attack at dawn");
  expect((await chunks.opened).recipients.of?.[0]?.outcome).toBe("unreachable");
});
