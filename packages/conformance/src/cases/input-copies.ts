import type { KeyHandle } from "@kms/core";
import { check, equal, sameBytes } from "../assertions.ts";
import { random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { associatedDataFor, claimedUses, forEachProtected, perform, protectAll, type Protected } from "../use.ts";

/** Arguments and answers that nobody else holds on to. */
export const inputCopyCases: readonly Case[] = [
  {
    id: "inputs/not-mutated",
    title: "no argument is changed by a call",
    shows: "design.md §3.2: inputs never mutated",
    run: (context) =>
      forEachProtected(context, async (key, earlier) => {
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
    run: (context) => forEachProtected(context, (key) => changedAfterwards(context, key)),
  },
  {
    id: "inputs/outputs-not-shared",
    title: "overwriting an output changes no later output and nothing inside",
    shows: "design.md §3.2: outputs never shared",
    run: (context) => forEachProtected(context, (key, earlier) => outputsNotShared(context, key, earlier)),
  },
  {
    id: "inputs/owned-memory",
    title: "every output owns its memory: it is neither shared nor part of a larger buffer",
    shows: "contract: OwnedBytes",
    run: (context) =>
      forEachProtected(context, async (key, earlier) => {
        const { ciphertext, dataKey, wrapped } = earlier;
        const readable = claimedUses(context, key).includes("decrypt") ? ciphertext : undefined;
        const plaintext = readable && (await context.kms.decrypt(key, readable, earlier.associatedData));
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
];

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
  await overwriteOutputs(context, key, earlier);
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
  context: Context,
  key: KeyHandle,
  { ciphertext, associatedData, dataKey, wrapped }: Protected,
): Promise<void> {
  const { kms } = context;
  const uses = new Set(claimedUses(context, key));
  if (ciphertext !== undefined && uses.has("decrypt")) (await kms.decrypt(key, ciphertext, associatedData)).fill(0xff);
  if (dataKey !== undefined) (await kms.unwrapDataKey(key, dataKey.encrypted, associatedData)).fill(0xff);
  if (wrapped !== undefined && uses.has("unwrapKey")) (await kms.unwrapKey(key, wrapped)).fill(0xff);
}
