import type { CryptoOperation, KeyHandle } from "@kms/core";
import { concat, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { claimedUses, forEachProtected, perform, type Protected } from "../use.ts";

/** Arguments of the wrong kind. */
export const inputCases: readonly Case[] = [
  {
    id: "inputs/not-bytes",
    title: "what is no Uint8Array is refused before the driver is called",
    shows: "design.md §3.7: arguments of the wrong kind are INVALID_ARGUMENT",
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
    shows: "design.md §3.7: detached and shared buffers",
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
      forEachProtected(context, async (key, earlier) => {
        const framed = (bytes: Uint8Array): Uint8Array =>
          new Subclass(concat(random(9), bytes, random(7)).buffer, 9, bytes.length);
        const view: Protected = {
          ...earlier,
          ciphertext: earlier.ciphertext && framed(earlier.ciphertext),
          mac: earlier.mac && { ...earlier.mac, bytes: framed(earlier.mac.bytes) },
          signature: earlier.signature && { ...earlier.signature, bytes: framed(earlier.signature.bytes) },
          wrapped: earlier.wrapped && framed(earlier.wrapped),
        };
        for (const operation of claimedUses(context, key)) {
          await perform(context.kms, { key, operation, earlier: view });
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

class Subclass extends Uint8Array {}

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
  if (operation === "verify" || operation === "verifyMac") {
    return [
      [value, bytes],
      [bytes, value],
    ];
  }
  if (operation === "unwrapDataKey") {
    const good = { providerId: "x", providerInfo: bytes, ciphertext: bytes };
    return [[value], [{ ...good, ciphertext: value }], [{ ...good, providerInfo: value }]];
  }
  if (operation === "deriveSharedSecret") {
    return [
      [value, kdf],
      [bytes, { ...kdf, info: value }],
    ];
  }
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
