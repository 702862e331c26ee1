import { check, equal, refuses, sameBytes } from "../assertions.ts";
import { concat, contains, flipped, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import { forEachClaim, refusesUncalled } from "../refusal.ts";

const uses = ["wrapKey", "unwrapKey"] as const;

/** Wrapped key material. */
export const wrappingCases: readonly Case[] = [
  {
    id: "wrapping/round-trip",
    title: "key material of any length wraps and unwraps, and the wrapped form does not show it",
    shows: "design.md §3.6; RFC 5649",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        for (const length of [1, 7, 8, 9, 16, 24, 32, 100, 1_217]) {
          const material = random(length);
          const wrapped = await context.kms.wrapKey(key, material);
          check(length < 8 || !contains(wrapped, material), "the wrapped form shows the material");
          sameBytes(await context.kms.unwrapKey(key, wrapped), material, `${length} bytes`);
        }
      }),
  },
  {
    id: "wrapping/empty",
    title: "no material at all is refused before the driver is called",
    shows: "RFC 5649 §3: at least one octet",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const work = (): unknown => context.kms.wrapKey(key, new Uint8Array());
        await refusesUncalled(context, work, ["INVALID_ARGUMENT", "UNSUPPORTED"], "wrapping nothing");
      }),
  },
  {
    id: "wrapping/every-byte-flipped",
    title: "unwrapKey refuses wrapped material with any one byte changed",
    shows: "crypto-rules.md 9, 12: one opaque error",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const wrapped = await context.kms.wrapKey(key, random(32));
        for (const index of wrapped.keys()) {
          const changed = flipped(wrapped, index, 1 << (index % 8));
          const error = await refuses(
            () => context.kms.unwrapKey(key, changed),
            "DECRYPTION_FAILED",
            `byte ${index} flipped`,
          );
          equal(error.cause, undefined, "the cause of an opaque refusal");
        }
      }),
  },
  {
    id: "wrapping/wrong-length",
    title: "unwrapKey refuses every beginning of wrapped material, and more than all of it",
    shows: "crypto-rules.md 12: check lengths first",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const wrapped = await context.kms.wrapKey(key, random(32));
        const beginnings = Array.from(wrapped.keys(), (length) => wrapped.subarray(0, length));
        for (const other of [
          ...beginnings,
          concat(wrapped, random(1)),
          concat(wrapped, random(8)),
          concat(wrapped, wrapped),
        ]) {
          await refuses(() => context.kms.unwrapKey(key, other), "DECRYPTION_FAILED", `${other.length} bytes`);
        }
      }),
  },
  {
    id: "wrapping/wrong-key",
    title: "unwrapKey refuses what another key of the same type wrapped",
    shows: "design.md §3.3",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const wrapped = await context.kms.wrapKey(await context.key(row, "second"), random(32));
        await refuses(() => context.kms.unwrapKey(key, wrapped), "DECRYPTION_FAILED", "another key's material");
      }),
  },
];
