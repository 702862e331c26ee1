import type { CapabilityRow, CryptoOperation, KeyHandle, StringMap } from "@kms/core";
import { check, refuses, sameBytes } from "../assertions.ts";
import { concat, flipped, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { dataKeyUses, newDataKey } from "../data-key.ts";
import { forEachClaim, overRows } from "../refusal.ts";
import { authenticatedRows, spread } from "../rows.ts";
import { associatedDataFor } from "../use.ts";

/** Inputs of many blocks, altered far from their beginning: what authenticates the first bytes only shows here. */
export const longInputCases: readonly Case[] = [
  {
    id: "encryption/long",
    title: "decrypt refuses a ciphertext of many blocks with one byte changed, wherever it stands",
    shows: "crypto-rules.md 5, 9; requirements 54",
    run: (context) => overAuthenticated(context, ["encrypt", "decrypt"], longPlaintext),
  },
  {
    id: "associated-data/long",
    title: "decrypt refuses long associated data that is changed in its middle or at its end",
    shows: "crypto-rules.md 7: all of it is bound, up to the limit",
    run: (context) =>
      overAuthenticated(context, ["encrypt", "decrypt"], async (_, key, row) => {
        const plaintext = random(16);
        const given = longMap(row);
        const ciphertext = await context.kms.encrypt(key, plaintext, given);
        await bound(given, (map) => context.kms.decrypt(key, ciphertext, map), plaintext);
      }),
  },
  {
    id: "data-keys/long-associated-data",
    title: "unwrapDataKey refuses long associated data that is changed in its middle or at its end",
    shows: "crypto-rules.md 7: all of it is bound, up to the limit",
    run: (context) =>
      overAuthenticated(context, dataKeyUses(context), async (_, key, row) => {
        const given = longMap(row);
        const { plaintext, encrypted } = await newDataKey(context, key, given);
        await bound(given, (map) => context.kms.unwrapDataKey(key, encrypted, map), plaintext);
      }),
  },
  {
    id: "macs/long-message",
    title: "verifyMac answers false for a long message that is changed in its middle or at its end",
    shows: "design.md §3.6; crypto-rules.md 11: no implicit pre-hash",
    run: (context) => forEachClaim(context, ["generateMac", "verifyMac"], (key, row) => longMessage(context, key, row)),
  },
  {
    id: "wrapping/long-material",
    title: "unwrapKey refuses long wrapped material with one byte changed, wherever it stands",
    shows: "crypto-rules.md 12; RFC 5649",
    run: (context) =>
      forEachClaim(context, ["wrapKey", "unwrapKey"], async (key) => {
        const wrapped = await context.kms.wrapKey(key, random(1_217));
        for (const index of spread(wrapped.length)) {
          const work = (): unknown => context.kms.unwrapKey(key, flipped(wrapped, index));
          await refuses(work, "DECRYPTION_FAILED", `byte ${index} of ${wrapped.length} flipped`);
        }
      }),
  },
];

type Work = (context: Context, key: KeyHandle, row: CapabilityRow) => Promise<void>;

const overAuthenticated = (context: Context, uses: readonly CryptoOperation[], work: Work): Promise<void> =>
  overRows(context, authenticatedRows(context.rows(...uses)), uses, (key, row) => work(context, key, row));

async function longPlaintext(context: Context, key: KeyHandle, { limits }: CapabilityRow): Promise<void> {
  const { maximumPlaintextBytes: most = 4_096, maximumTogetherBytes: together = Infinity } = limits;
  const associatedData = associatedDataFor(context, key);
  const ciphertext = await context.kms.encrypt(key, random(Math.min(4_096, most, together / 2)), associatedData);
  for (const index of spread(ciphertext.length)) {
    const work = (): unknown => context.kms.decrypt(key, flipped(ciphertext, index, 0x10), associatedData);
    await refuses(work, "DECRYPTION_FAILED", `byte ${index} of ${ciphertext.length} flipped, ${key.algorithm}`);
  }
}

/** One long value between two short ones, in the order of their serialisation; within the portable limit and the row's. */
function longMap({ limits }: CapabilityRow): StringMap & { readonly note: string } {
  const { maximumAssociatedDataBytes: most = 8_000, maximumTogetherBytes: together = Infinity } = limits;
  return { app: "orders", note: "x".repeat(Math.min(7_000, most - 200, together / 2)), zone: "eu" };
}

/** Shows that what was protected under `given` is read under it, and under nothing that differs far from its beginning. */
async function bound(
  given: StringMap & { readonly note: string },
  read: (map: StringMap) => Promise<Uint8Array>,
  plaintext: Uint8Array,
): Promise<void> {
  sameBytes(await read({ ...given }), plaintext, "read under long associated data");
  const { note } = given;
  const others: StringMap[] = [
    { ...given, note: note.slice(1) },
    { ...given, zone: "us" },
    { app: given["app"] ?? "", note, zonf: "eu" },
  ];
  for (const index of spread(note.length)) {
    others.push({ ...given, note: `${note.slice(0, index)}y${note.slice(index + 1)}` });
  }
  for (const other of others) await refuses(() => read(other), "DECRYPTION_FAILED", "long associated data, changed");
}

async function longMessage({ kms }: Context, key: KeyHandle, { limits }: CapabilityRow): Promise<void> {
  const size = Math.min(20_000, limits.maximumMessageBytes ?? Infinity) - 1;
  const message = random(size);
  const mac = await kms.generateMac(key, message);
  check(await kms.verifyMac(key, message, mac), `a good MAC over ${size} bytes is not verified`);
  const others = spread(size).map((index) => flipped(message, index));
  for (const other of [...others, message.subarray(0, -1), concat(message, Uint8Array.of(0))]) {
    check(!(await kms.verifyMac(key, other, mac)), `verified: ${size} bytes, changed, ${key.algorithm}`);
  }
}
