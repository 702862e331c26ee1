import { describeCiphertext, type CapabilityRow, type EncryptedDataKey, type KeyHandle } from "@kms/core";
import { check, differentBytes, equal, refuses, sameBytes } from "../assertions.ts";
import { concat, contains, flipped, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { dataKeyUses, newDataKey } from "../data-key.ts";
import { attemptWith } from "../hostile.ts";
import { forEachClaim, overRows, refusesUncalled } from "../refusal.ts";
import { authenticatedRows, positions, quickRows } from "../rows.ts";
import { associatedDataFor } from "../use.ts";

const uses = ["generateDataKey", "unwrapDataKey"] as const;
const given = { tenant: "42", region: "eu" };

/** Data keys, generated and wrapped. */
export const dataKeyCases: readonly Case[] = [
  {
    id: "data-keys/round-trip",
    title: "a data key of 16, 24 or 32 bytes unwraps to what was answered in clear",
    shows: "design.md §3.6",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const associatedData = associatedDataFor(context, key);
        for (const length of [16, 24, 32] as const) {
          const { plaintext, encrypted } = await context.kms.generateDataKey(key, length, associatedData);
          equal(plaintext.length, length, "length of the data key");
          const unwrapped = await context.kms.unwrapDataKey(key, encrypted, associatedData);
          sameBytes(unwrapped, plaintext, `a data key of ${length} bytes under ${key.algorithm}`);
        }
      }),
  },
  {
    id: "data-keys/wrap",
    title: "a data key that the caller brings wraps and unwraps",
    shows: "design.md §3.6",
    run: (context) =>
      forEachClaim(context, ["wrapDataKey", "unwrapDataKey"], async (key) => {
        const associatedData = associatedDataFor(context, key);
        for (const length of [16, 24, 32]) {
          const plaintext = random(length);
          const encrypted = await context.kms.wrapDataKey(key, plaintext, associatedData);
          check(!contains(encrypted.ciphertext, plaintext), "a wrapped data key shows its plaintext");
          sameBytes(await context.kms.unwrapDataKey(key, encrypted, associatedData), plaintext, `${length} bytes`);
        }
      }),
  },
  {
    id: "data-keys/fresh",
    title: "no data key comes twice, and its wrapped form does not show it",
    shows: "requirements 36",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const [first, second] = [
          await context.kms.generateDataKey(key, 32),
          await context.kms.generateDataKey(key, 32),
        ];
        differentBytes(first.plaintext, second.plaintext, "two data keys");
        differentBytes(first.encrypted.ciphertext, second.encrypted.ciphertext, "two wrapped data keys");
        check(!contains(first.encrypted.ciphertext, first.plaintext), "a wrapped data key shows its plaintext");
      }),
  },
  {
    id: "data-keys/bad-length",
    title: "a data key of any other length is refused before the driver is called",
    shows: "design.md §3.7",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        for (const length of [0, 1, 15, 33, 64, -32, 1.5, Number.NaN, "32", undefined, null]) {
          const work = (): unknown => attemptWith(context.kms, "generateDataKey", key, length);
          await refusesUncalled(context, work, "INVALID_ARGUMENT", `a data key of ${String(length)} bytes`);
        }
      }),
  },
  {
    id: "data-keys/every-byte-flipped",
    title: "unwrapDataKey refuses a wrapped data key with any one byte changed",
    shows: "design.md §3.7: one opaque answer",
    run: (context) =>
      forEachClaim(context, dataKeyUses(context), async (key) => {
        const { encrypted } = await newDataKey(context, key);
        for (const index of positions(encrypted.ciphertext)) {
          const changed = { ...encrypted, ciphertext: flipped(encrypted.ciphertext, index, 1 << (index % 8)) };
          await failsToUnwrap(context, key, changed, `byte ${index} flipped`);
        }
        for (const ciphertext of [
          new Uint8Array(),
          encrypted.ciphertext.subarray(1),
          concat(encrypted.ciphertext, random(1)),
        ]) {
          await failsToUnwrap(context, key, { ...encrypted, ciphertext }, `${ciphertext.length} bytes`);
        }
      }),
  },
  {
    id: "data-keys/foreign",
    title: "unwrapDataKey refuses another key's data key, also where its name is exchanged",
    shows: "design.md §3.3: decrypt pins the key; style.md §3.4",
    run: (context) =>
      overRows(context, quickRows(context.rows(...dataKeyUses(context))), dataKeyUses(context), async (key, row) =>
        foreign(context, key, await context.key(row, "second")),
      ),
  },
  {
    id: "data-keys/renamed",
    title: "unwrapDataKey refuses another provider id and any changed byte of the provider's information",
    shows: "contract: unwrapDataKey: compares providerId and providerInfo with the key",
    run: (context) =>
      forEachClaim(context, dataKeyUses(context), async (key) => {
        const { encrypted } = await newDataKey(context, key);
        const { providerId, providerInfo } = encrypted;
        for (const other of ["elsewhere", `${providerId} `, providerId.toUpperCase()].filter(
          (id) => id !== providerId,
        )) {
          await failsToUnwrap(context, key, { ...encrypted, providerId: other }, `the provider id ${other}`);
        }
        for (const index of providerInfo.keys()) {
          const changed = { ...encrypted, providerInfo: flipped(providerInfo, index, 1 << (index % 7)) };
          await failsToUnwrap(context, key, changed, `byte ${index} of the provider's information flipped`);
        }
      }),
  },
  {
    id: "data-keys/associated-data",
    title: "unwrapDataKey refuses associated data that is missing, added to or changed",
    shows: "crypto-rules.md 5, 7",
    run: (context) =>
      overRows(context, authenticatedRows(context.rows(...uses)), uses, async (key) => {
        const { plaintext, encrypted } = await context.kms.generateDataKey(key, 32, given);
        await bindsEntries(context, key, { plaintext, encrypted });
      }),
  },
  {
    id: "data-keys/wrapped-associated-data",
    title: "unwrapDataKey refuses other associated data also for a data key that the caller brought",
    shows: "crypto-rules.md 5, 7; provider-bugs.md §2: context dropped on one provider",
    run: (context) => {
      const wrapping = ["wrapDataKey", "unwrapDataKey"] as const;
      return overRows(context, authenticatedRows(context.rows(...wrapping)), wrapping, async (key) => {
        const plaintext = random(32);
        const encrypted = await context.kms.wrapDataKey(key, plaintext, given);
        await bindsEntries(context, key, { plaintext, encrypted });
      });
    },
  },
  {
    id: "data-keys/apart-from-ciphertexts",
    title: "a ciphertext does not unwrap as a data key, nor a data key decrypt as a ciphertext",
    shows: "crypto-rules.md 5, 8: the two uses stay apart",
    run: (context) =>
      overRows(context, bothUses(context), dataKeyUses(context), async (key) => {
        const ciphertext = await context.kms.encrypt(key, random(32));
        const { providerCiphertext } = describeCiphertext(ciphertext);
        const { encrypted } = await newDataKey(context, key);
        await failsToUnwrap(context, key, { ...encrypted, ciphertext: providerCiphertext }, "a ciphertext as data key");
        const header = ciphertext.subarray(0, ciphertext.length - providerCiphertext.length);
        const work = (): unknown => context.kms.decrypt(key, concat(header, encrypted.ciphertext));
        await refuses(work, "DECRYPTION_FAILED", "a data key as ciphertext");
      }),
  },
];

const bothUses = (context: Context): readonly CapabilityRow[] =>
  authenticatedRows(context.rows(...dataKeyUses(context), "encrypt", "decrypt"));

async function failsToUnwrap(
  context: Context,
  key: KeyHandle,
  encrypted: EncryptedDataKey,
  what: string,
): Promise<void> {
  const work = (): unknown => context.kms.unwrapDataKey(key, encrypted);
  const error = await refuses(work, "DECRYPTION_FAILED", `${what}, ${key.algorithm}`);
  equal(error.cause, undefined, `${what}: the cause of an opaque refusal`);
}

/** Shows that a data key protected under `given` unwraps under those entries in any order, and under no others. */
async function bindsEntries(
  context: Context,
  key: KeyHandle,
  { plaintext, encrypted }: { readonly plaintext: Uint8Array; readonly encrypted: EncryptedDataKey },
): Promise<void> {
  const reordered = { region: "eu", tenant: "42" };
  sameBytes(await context.kms.unwrapDataKey(key, encrypted, reordered), plaintext, "reordered");
  for (const other of [undefined, {}, { tenant: "42" }, { ...given, tenant: "43" }, { ...given, more: "" }]) {
    const work = (): unknown => context.kms.unwrapDataKey(key, encrypted, other);
    await refuses(work, "DECRYPTION_FAILED", `the associated data ${JSON.stringify(other)}`);
  }
}

async function foreign(context: Context, key: KeyHandle, second: KeyHandle): Promise<void> {
  const own = (await newDataKey(context, key)).encrypted;
  const other = (await newDataKey(context, second)).encrypted;
  await failsToUnwrap(context, key, other, "another key's data key");
  await failsToUnwrap(
    context,
    key,
    { ...other, providerInfo: own.providerInfo },
    "another key's data key under this key's name",
  );
  await failsToUnwrap(
    context,
    key,
    { ...own, providerInfo: other.providerInfo },
    "this key's data key under another's name",
  );
}
