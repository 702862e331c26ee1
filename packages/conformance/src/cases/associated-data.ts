import { sha256 } from "@noble/hashes/sha2.js";
import {
  describeCiphertext,
  providerAssociatedData,
  type CapabilityRow,
  type KeyHandle,
  type StringMap,
} from "@kms/core";
import { check, equal, refuses, sameBytes } from "../assertions.ts";
import { random, toBase64url } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { overRows, refusesUncalled } from "../refusal.ts";
import { authenticatedRows } from "../rows.ts";

const uses = ["encrypt", "decrypt"] as const;
const given: StringMap = { tenant: "42", region: "eu", table: "orders" };

type Work = (key: KeyHandle, row: CapabilityRow) => Promise<void>;
const overAuthenticated = (context: Context, work: Work): Promise<void> =>
  overRows(context, authenticatedRows(context.rows(...uses)), uses, work);

/** One meaning of associated data. */
export const associatedDataCases: readonly Case[] = [
  {
    id: "associated-data/wrong",
    title: "decrypt refuses associated data that is missing, added to, renamed, changed or swapped",
    shows: "crypto-rules.md 5, 7; provider-bugs.md §2: context dropped on one provider",
    run: (context) => overAuthenticated(context, (key) => wrong(context, key)),
  },
  {
    id: "associated-data/order-is-free",
    title: "the same entries in another order open the ciphertext",
    shows: "crypto-rules.md 7: canonical associated data",
    run: (context) =>
      overAuthenticated(context, async (key) => {
        const plaintext = random(16);
        const ciphertext = await context.kms.encrypt(key, plaintext, given);
        const reordered = Object.fromEntries(Object.entries(given).toReversed());
        sameBytes(await context.kms.decrypt(key, ciphertext, reordered), plaintext, "opened in another order");
      }),
  },
  {
    id: "associated-data/empty-equals-absent",
    title: "no entries and no associated data are the same",
    shows: "crypto-rules.md 7",
    run: (context) =>
      overAuthenticated(context, async (key) => {
        const plaintext = random(16);
        sameBytes(
          await context.kms.decrypt(key, await context.kms.encrypt(key, plaintext), {}),
          plaintext,
          "absent, then {}",
        );
        sameBytes(
          await context.kms.decrypt(key, await context.kms.encrypt(key, plaintext, {})),
          plaintext,
          "{}, then absent",
        );
      }),
  },
  {
    id: "associated-data/boundaries",
    title: "entries that concatenate to the same text are different entries",
    shows: "crypto-rules.md 7: lengths are part of the serialisation",
    run: (context) =>
      overAuthenticated(context, async (key) => {
        const ciphertext = await context.kms.encrypt(key, random(16), { ab: "cd" });
        for (const other of [{ a: "bcd" }, { abc: "d" }, { ab: "c", d: "" }, { abcd: "" }]) {
          await refuses(() => context.kms.decrypt(key, ciphertext, other), "DECRYPTION_FAILED", JSON.stringify(other));
        }
      }),
  },
  {
    id: "associated-data/text",
    title: "names and values of any well-formed text are kept as they are, without normalisation",
    shows: "crypto-rules.md 7: well-formed Unicode, sorted by UTF-8 bytes",
    run: (context) => overAuthenticated(context, (key) => text(context, key)),
  },
  {
    id: "associated-data/refused",
    title: "malformed or reserved associated data is refused before the driver is called",
    shows: "crypto-rules.md 7; design.md §3.7: lone surrogates, __proto__",
    run: (context) => overAuthenticated(context, (key) => refused(context, key)),
  },
  {
    id: "associated-data/limit",
    title: "associated data up to the row's limit is taken, one byte more is TOO_LARGE before the driver is called",
    shows: "crypto-rules.md 7: portable limit 8,000 serialised bytes",
    run: (context) => overAuthenticated(context, (key, row) => limit(context, key, row)),
  },
  {
    id: "associated-data/read-once",
    title: "changing the map after the call has begun changes nothing",
    shows: "design.md §3.1: every argument is read once, synchronously",
    run: (context) =>
      overAuthenticated(context, async (key) => {
        const plaintext = random(16);
        const map: Record<string, string> = { ...given };
        const encrypting = context.kms.encrypt(key, plaintext, map);
        map["tenant"] = "43";
        map["more"] = "x";
        const ciphertext = await encrypting;
        const decrypting = context.kms.decrypt(key, ciphertext, { ...given });
        sameBytes(await decrypting, plaintext, "the map as it was when the call was made");
        await refuses(() => context.kms.decrypt(key, ciphertext, map), "DECRYPTION_FAILED", "the map as it became");
      }),
  },
  {
    id: "associated-data/header-is-bound",
    title: "the driver sees the caller's entries and the digest of the header, as providerAssociatedData says",
    shows: "crypto-rules.md 5: header bytes are bound, one way everywhere",
    run: (context) => overAuthenticated(context, (key) => headerIsBound(context, key)),
  },
];

async function wrong(context: Context, key: KeyHandle): Promise<void> {
  const ciphertext = await context.kms.encrypt(key, random(16), given);
  const others: readonly (StringMap | undefined)[] = [
    undefined,
    {},
    { tenant: "42", region: "eu" },
    { ...given, more: "" },
    { ...given, tenant: "43" },
    { ...given, tenant: "42 " },
    { ...given, tenant: "" },
    { ...given, tenant: "eu", region: "42" },
    { Tenant: "42", region: "eu", table: "orders" },
  ];
  for (const other of others) {
    const work = (): unknown => context.kms.decrypt(key, ciphertext, other);
    await refuses(work, "DECRYPTION_FAILED", `the associated data ${JSON.stringify(other)}`);
  }
  const bare = await context.kms.encrypt(key, random(16));
  await refuses(() => context.kms.decrypt(key, bare, given), "DECRYPTION_FAILED", "associated data where none was");
}

async function text(context: Context, key: KeyHandle): Promise<void> {
  const composed = { "caf\u00e9": "\u00e9" };
  const decomposed = { "cafe\u0301": "e\u0301" };
  const maps: readonly StringMap[] = [
    { "\ufffd": "1", "\u{10000}": "2" },
    composed,
    { name: "", other: '\u0000\n\t"\\' },
    { "\u{1f511}": "\u{1f512}\u4e2d\u6587" },
  ];
  for (const map of maps) {
    const plaintext = random(16);
    const ciphertext = await context.kms.encrypt(key, plaintext, map);
    const reordered = Object.fromEntries(Object.entries(map).toReversed());
    sameBytes(await context.kms.decrypt(key, ciphertext, reordered), plaintext, JSON.stringify(map));
  }
  const ciphertext = await context.kms.encrypt(key, random(16), composed);
  await refuses(() => context.kms.decrypt(key, ciphertext, decomposed), "DECRYPTION_FAILED", "another normal form");
}

async function refused(context: Context, key: KeyHandle): Promise<void> {
  const bad: readonly (readonly [string, unknown])[] = [
    ["null", null],
    ["text", "tenant=42"],
    ["an array", ["tenant", "42"]],
    ["a Map", new Map([["tenant", "42"]])],
    ["a number as value", { tenant: 42 }],
    ["undefined as value", { tenant: undefined }],
    ["an empty name", { "": "42" }],
    ["a lone surrogate as value", { tenant: "\ud800" }],
    ["a lone surrogate as name", { "\udc00": "42" }],
    ["the name __proto__", JSON.parse('{"__proto__": "42"}')],
    ["a reserved name", { "kms-header": "x" }],
    ["a reserved prefix", { "kms-anything": "x" }],
    ["a prefix of AWS encryption contexts", { "aws:arn": "x" }],
    ["a prefix of the AWS Encryption SDK", { "aws-crypto-public-key": "x" }],
  ];
  for (const [what, map] of bad) {
    const encrypting = (): unknown => attemptWith(context.kms, "encrypt", key, random(16), map);
    await refusesUncalled(context, encrypting, "INVALID_ARGUMENT", what);
    const decrypting = (): unknown => attemptWith(context.kms, "decrypt", key, random(96), map);
    await refusesUncalled(context, decrypting, "INVALID_ARGUMENT", what);
  }
}

async function limit(context: Context, key: KeyHandle, row: CapabilityRow): Promise<void> {
  const most = Math.min(8_000, row.limits.maximumAssociatedDataBytes ?? 8_000);
  // The serialisation of one entry: a count and two lengths of two bytes each around name and value.
  const entry = (bytes: number): StringMap => ({ name: "x".repeat(bytes - 6 - "name".length) });
  // The reserved entry counts where the back end counts it; what is left for the caller is at least this.
  const plaintext = random(16);
  const fitting = entry(most - 100);
  sameBytes(
    await context.kms.decrypt(key, await context.kms.encrypt(key, plaintext, fitting), fitting),
    plaintext,
    "just under",
  );
  const work = (): unknown => context.kms.encrypt(key, plaintext, entry(most + 1));
  await refusesUncalled(context, work, "TOO_LARGE", `${most + 1} bytes of associated data`);
}

async function headerIsBound(context: Context, key: KeyHandle): Promise<void> {
  const ciphertext = await context.kms.encrypt(key, random(16), given);
  const { providerCiphertext } = describeCiphertext(ciphertext);
  const header = ciphertext.subarray(0, ciphertext.length - providerCiphertext.length);
  const expected: StringMap = { ...given, "kms-header": toBase64url(sha256(header)) };
  const map = providerAssociatedData(ciphertext, given);
  equal(sorted(map), sorted(expected), "what providerAssociatedData answers");
  const call = context.door.calls().findLast(({ name }) => name === "encrypt");
  const seen: unknown = call?.given[2];
  check(typeof seen === "object" && seen !== null && "map" in seen, "the driver was called without associated data");
  equal(sorted(seen.map), sorted(expected), "what the driver saw");
}

const sorted = (map: unknown): string => JSON.stringify(Object.entries(map ?? {}).toSorted());
