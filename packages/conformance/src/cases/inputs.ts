import type { CryptoOperation, KeyHandle, Kms } from "@kms/core";
import { check, equal, sameBytes } from "../assertions.ts";
import { concat, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { associatedDataFor, claimedUses, perform, protectAll, type Protected } from "../use.ts";

export const inputCases: readonly Case[] = [
  {
    id: "inputs/not-bytes",
    title: "what is no Uint8Array is refused before the driver is called",
    shows: "design.md §3.7: arguments of the wrong kind are INVALID_ARGUMENT; Foundation, bad input",
    run: (context) =>
      overKeys(context, async (key, operation) => {
        for (const [what, value] of notBytes) {
          for (const given of withValue(operation, value)) {
            const work = (): unknown => attemptWith(context.kms, operation, key, ...given);
            await refusesUncalled(context, work, "INVALID_ARGUMENT", `${what} for ${operation} with ${key.algorithm}`);
          }
        }
      }),
  },
  {
    id: "inputs/shared-and-detached",
    title: "shared and detached memory is refused before the driver is called",
    shows: "Foundation, bad input: detached and shared buffers",
    run: (context) =>
      overKeys(context, async (key, operation) => {
        const detached = new Uint8Array(32);
        structuredClone(detached, { transfer: [detached.buffer] });
        const shared = new Uint8Array(new SharedArrayBuffer(32));
        for (const [what, value] of [
          ["detached", detached],
          ["shared", shared],
        ] as const) {
          for (const given of withValue(operation, value)) {
            const work = (): unknown => attemptWith(context.kms, operation, key, ...given);
            await refusesUncalled(
              context,
              work,
              "INVALID_ARGUMENT",
              `${what} memory for ${operation} with ${key.algorithm}`,
            );
          }
        }
      }),
  },
  {
    id: "inputs/views",
    title: "a view into a larger buffer counts as its own bytes only, also as a subclass of Uint8Array",
    shows: "design.md §3.2: Uint8Array in and out",
    run: (context) =>
      overProtected(context, async (key, earlier) => {
        const framed = (bytes: Uint8Array): Uint8Array =>
          concat(random(9), bytes, random(7)).subarray(9, 9 + bytes.length);
        const view: Protected = {
          ...earlier,
          ciphertext: earlier.ciphertext && framed(earlier.ciphertext),
          mac: earlier.mac && { ...earlier.mac, bytes: framed(earlier.mac.bytes) },
          signature: earlier.signature && { ...earlier.signature, bytes: framed(earlier.signature.bytes) },
          wrapped: earlier.wrapped && framed(earlier.wrapped),
        };
        for (const operation of claimedUses(context, key))
          await perform(context.kms, { key, operation, earlier: view });
      }),
  },
  {
    id: "inputs/not-mutated",
    title: "no argument is changed by a call",
    shows: "design.md §3.2: inputs never mutated",
    run: (context) =>
      overProtected(context, async (key, earlier) => {
        const before = snapshot(earlier);
        for (const operation of claimedUses(context, key)) await perform(context.kms, { key, operation, earlier });
        equal(snapshot(earlier), before, `the arguments after the uses of ${key.algorithm}`);
        const message = random(64);
        const copy = Uint8Array.from(message);
        for (const operation of ["encrypt", "sign", "generateMac", "wrapKey"] as const) {
          if (claimedUses(context, key).includes(operation)) await attemptWith(context.kms, operation, key, message);
        }
        sameBytes(message, copy, `a message after the uses of ${key.algorithm}`);
      }),
  },
  {
    id: "inputs/changed-after-the-call",
    title: "overwriting a plaintext or message after the call has begun changes nothing",
    shows: "design.md §3.1: every argument is read once, synchronously",
    run: (context) => overProtected(context, (key) => changedAfterwards(context, key)),
  },
  {
    id: "inputs/outputs-not-shared",
    title: "overwriting an output changes no later output and nothing inside",
    shows: "design.md §3.2: outputs never shared",
    run: (context) => overProtected(context, (key, earlier) => outputsNotShared(context, key, earlier)),
  },
  {
    id: "inputs/owned-memory",
    title: "every output owns its memory: it is neither shared nor part of a larger buffer",
    shows: "contract.d.ts, OwnedBytes",
    run: (context) =>
      overProtected(context, async (key, earlier) => {
        const { ciphertext, dataKey, wrapped } = earlier;
        const plaintext = ciphertext && (await context.kms.decrypt(key, ciphertext, earlier.associatedData));
        for (const bytes of [ciphertext, plaintext, dataKey?.plaintext, wrapped]) {
          if (bytes === undefined) continue;
          check(
            Object.getPrototypeOf(bytes) === Uint8Array.prototype,
            `an output of ${key.algorithm} is of a subclass`,
          );
          check(bytes.buffer instanceof ArrayBuffer, "an output in shared memory");
          equal(bytes.buffer.byteLength, bytes.byteLength, `the buffer behind an output of ${key.algorithm}`);
        }
      }),
  },
  {
    id: "inputs/bad-options",
    title: "malformed call options are refused before the driver is called",
    shows: "design.md §9: no option accepted and then ignored",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const key = await context.key(row);
        for (const options of [
          null,
          1,
          "x",
          { signal: {} },
          { timeoutMs: "1" },
          { timeoutMs: -1 },
          { timeoutMs: Number.NaN },
        ]) {
          const work = (): unknown => attemptWith(context.kms, "describeKey", key, options);
          await refusesUncalled(context, work, "INVALID_ARGUMENT", `the options ${JSON.stringify(options)}`);
        }
      }
    },
  },
];

const notBytes: readonly (readonly [string, unknown])[] = [
  ["nothing", undefined],
  ["null", null],
  ["text", "plaintext"],
  ["a number", 32],
  ["an array", [1, 2, 3]],
  ["an ArrayBuffer", new ArrayBuffer(32)],
  ["a DataView", new DataView(new ArrayBuffer(32))],
  ["a Uint16Array", new Uint16Array(16)],
  ["a look-alike", { length: 32, byteLength: 32, 0: 1 }],
  ["an object that inherits from Uint8Array", Object.create(Uint8Array.prototype)],
];

/** The arguments after the key, with the value in each place where bytes belong. */
function withValue(operation: CryptoOperation, value: unknown): readonly (readonly unknown[])[] {
  const bytes = new Uint8Array(32);
  const kdf = { info: bytes, lengthBytes: 32 };
  if (operation === "verify" || operation === "verifyMac")
    return [
      [value, bytes],
      [bytes, value],
    ];
  if (operation === "unwrapDataKey") {
    const good = { providerId: "x", providerInfo: bytes, ciphertext: bytes };
    return [[value], [{ ...good, ciphertext: value }], [{ ...good, providerInfo: value }]];
  }
  if (operation === "deriveSharedSecret")
    return [
      [value, kdf],
      [bytes, { ...kdf, info: value }],
    ];
  if (operation === "generateDataKey" || operation === "encapsulate") return [];
  return operation === "decapsulate" ? [[value, kdf]] : [[value]];
}

async function overKeys(
  context: Context,
  work: (key: KeyHandle, operation: CryptoOperation) => Promise<void>,
): Promise<void> {
  for (const row of oneOfEach(context.rows())) {
    const key = await context.key(row);
    for (const operation of claimedUses(context, key)) await work(key, operation);
  }
}

async function overProtected(
  context: Context,
  work: (key: KeyHandle, earlier: Protected) => Promise<void>,
): Promise<void> {
  for (const row of context.rows()) {
    const key = await context.key(row);
    await work(key, await protectAll(context, key));
  }
}

const snapshot = (value: unknown): string =>
  JSON.stringify(value, (_, member: unknown) => (member instanceof Uint8Array ? Array.from(member) : member));

async function changedAfterwards(context: Context, key: KeyHandle): Promise<void> {
  const { kms } = context;
  const uses = new Set(claimedUses(context, key));
  const message = random(48);
  const given = Uint8Array.from(message);
  const begun = async <T>(work: (bytes: Uint8Array) => Promise<T>): Promise<T> => {
    given.set(message);
    const answer = work(given);
    given.fill(0);
    return answer;
  };
  if (uses.has("encrypt") && uses.has("decrypt")) {
    const associatedData = associatedDataFor(context, key);
    const ciphertext = await begun((bytes) => kms.encrypt(key, bytes, associatedData));
    sameBytes(await kms.decrypt(key, ciphertext, associatedData), message, `a plaintext of ${key.algorithm}`);
  }
  if (uses.has("sign") && uses.has("verify")) {
    const signature = await begun((bytes) => kms.sign(key, bytes));
    check(await kms.verify(key, message, signature), `a message signed with ${key.algorithm}`);
  }
  if (uses.has("generateMac")) {
    const mac = await begun((bytes) => kms.generateMac(key, bytes));
    sameBytes(mac.bytes, (await kms.generateMac(key, message)).bytes, `a message under ${key.algorithm}`);
  }
}

async function outputsNotShared(context: Context, key: KeyHandle, earlier: Protected): Promise<void> {
  const { kms } = context;
  const reading = claimedUses(context, key).filter((operation) => operation !== "generateDataKey");
  await overwriteOutputs(kms, key, earlier);
  for (const operation of reading) await perform(kms, { key, operation, earlier });
  const again = await protectAll(context, key);
  for (const operation of reading) await perform(kms, { key, operation, earlier: again });
  if (!context.rows("getPublicKey").some((row) => row.algorithm === key.algorithm)) return;
  const first = (await kms.getPublicKey(key)).spki;
  const copy = Uint8Array.from(first);
  first.fill(0);
  sameBytes((await kms.getPublicKey(key)).spki, copy, `the public key of ${key.algorithm}, asked for again`);
}

async function overwriteOutputs(
  kms: Kms,
  key: KeyHandle,
  { ciphertext, associatedData, dataKey, wrapped }: Protected,
): Promise<void> {
  if (ciphertext !== undefined) (await kms.decrypt(key, ciphertext, associatedData)).fill(0xff);
  if (dataKey !== undefined) (await kms.unwrapDataKey(key, dataKey.encrypted, associatedData)).fill(0xff);
  if (wrapped !== undefined) (await kms.unwrapKey(key, wrapped)).fill(0xff);
}
