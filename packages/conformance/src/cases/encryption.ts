import type { CapabilityRow, KeyHandle } from "@kms/core";
import { check, differentBytes, equal, refuses, sameBytes } from "../assertions.ts";
import { concat, contains, flipped, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { forEachClaim, overRows, refusesUncalled } from "../refusal.ts";
import { positions, quickRows } from "../rows.ts";
import { associatedDataFor } from "../use.ts";
import { encryptOaep } from "../verify/rsa.ts";
import { parseSpki } from "../verify/spki.ts";

const uses = ["encrypt", "decrypt"] as const;

/** Encrypting and decrypting, at every size and with every defect. */
export const encryptionCases: readonly Case[] = [
  {
    id: "encryption/round-trip",
    title: "what was encrypted decrypts to the same bytes, at every size from the smallest to the limit",
    shows: "design.md §3.6: claimed means it works; provider-bugs.md §2: limits",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        for (const size of sizesWithin(row)) await roundTrip(context, key, size);
      }),
  },
  {
    id: "encryption/over-the-limit",
    title: "a plaintext one byte over the row's limit is TOO_LARGE before the driver is called",
    shows: "design.md §3.7",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const limit = row.limits.maximumPlaintextBytes ?? row.limits.maximumTogetherBytes;
        if (limit === undefined) return roundTrip(context, key, 1_000_000);
        const work = (): unknown => context.kms.encrypt(key, random(limit + 1));
        await refusesUncalled(context, work, "TOO_LARGE", `${limit + 1} bytes under ${row.algorithm}`);
      }),
  },
  {
    id: "encryption/under-the-minimum",
    title: "a plaintext under the row's minimum is UNSUPPORTED before the driver is called",
    shows: "crypto-rules.md 11; design.md §3.7",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const least = row.limits.minimumPlaintextBytes ?? 0;
        if (least === 0) return roundTrip(context, key, 0);
        const work = (): unknown => context.kms.encrypt(key, random(least - 1));
        await refusesUncalled(context, work, "UNSUPPORTED", `${least - 1} bytes under ${row.algorithm}`);
      }),
  },
  {
    id: "encryption/never-the-same",
    title: "encrypting twice gives two ciphertexts, and neither shows the plaintext",
    shows: "requirements 59, 60",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const plaintext = random(32);
        const [first, second] = [await context.kms.encrypt(key, plaintext), await context.kms.encrypt(key, plaintext)];
        differentBytes(first, second, `two ciphertexts of ${key.algorithm}`);
        check(!contains(first, plaintext), `a ciphertext of ${key.algorithm} shows its plaintext`);
      }),
  },
  {
    id: "encryption/every-byte-flipped",
    title: "decrypt refuses a ciphertext with any one byte changed, header included",
    shows: "crypto-rules.md 5; style.md §3.3: nobody tests the tester",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const associatedData = associatedDataFor(context, key);
        const ciphertext = await context.kms.encrypt(key, random(16), associatedData);
        for (const index of positions(ciphertext)) {
          const changed = flipped(ciphertext, index, 1 << (index % 8));
          await failsToDecrypt(context, key, changed, { what: `byte ${index} flipped`, associatedData });
        }
      }),
  },
  {
    id: "encryption/truncated",
    title: "decrypt refuses every beginning of a ciphertext, the empty one included",
    shows: "requirements 54; crypto-rules.md 12",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const ciphertext = await context.kms.encrypt(key, random(16));
        for (const length of positions(ciphertext)) {
          await failsToDecrypt(context, key, ciphertext.subarray(0, length), { what: `the first ${length} bytes` });
        }
      }),
  },
  {
    id: "encryption/extended",
    title: "decrypt refuses a ciphertext with bytes before, behind or twice over",
    shows: "requirements 54",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const ciphertext = await context.kms.encrypt(key, random(16));
        const zero = Uint8Array.of(0);
        const extended = [concat(ciphertext, zero), concat(zero, ciphertext), concat(ciphertext, ciphertext)];
        for (const bytes of extended) await failsToDecrypt(context, key, bytes, { what: "an extended ciphertext" });
      }),
  },
  {
    id: "encryption/random-bytes",
    title: "decrypt refuses bytes that nobody encrypted",
    shows: "crypto-rules.md 9",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        for (const length of [0, 1, 2, 3, 7, 16, 28, 64, 256, 4096]) {
          await failsToDecrypt(context, key, random(length), { what: `${length} random bytes` });
        }
      }),
  },
  {
    id: "encryption/wrong-key",
    title: "decrypt refuses the ciphertext of another key of the same type",
    shows: "design.md §3.3: decrypt pins the key; provider-bugs.md §2: wrong key accepted",
    run: (context) =>
      overRows(context, quickRows(context.rows(...uses)), uses, async (key, row) => {
        const ciphertext = await context.kms.encrypt(await context.key(row, "second"), random(16));
        await failsToDecrypt(context, key, ciphertext, { what: "another key's ciphertext" });
      }),
  },
  {
    id: "encryption/rsa-without-associated-data",
    title: "RSA encryption with associated data is refused before the driver is called",
    shows: "crypto-rules.md 5: RSA carries none",
    run: (context) =>
      overRows(context, rowsWithout(context), ["encrypt"], async (key) => {
        const work = (): unknown => context.kms.encrypt(key, random(16), { tenant: "42" });
        await refusesUncalled(context, work, "UNSUPPORTED", `associated data with ${key.algorithm}`);
        const ciphertext = await context.kms.encrypt(key, random(16), {});
        const reading = (): unknown => context.kms.decrypt(key, ciphertext, { tenant: "42" });
        await refuses(reading, ["UNSUPPORTED", "DECRYPTION_FAILED"], `reading associated data with ${key.algorithm}`);
      }),
  },
  {
    id: "encryption/rsa-independent",
    title: "what an implementation of its own encrypts with RSA-OAEP opens as a native ciphertext",
    shows: "crypto-rules.md 12: OAEP hash = MGF1 hash, empty label; style.md §4: verified independently",
    run: (context) =>
      overRows(context, rsaRows(context), ["decrypt"], async (key) => {
        const parsed = parseSpki((await context.kms.getPublicKey(key)).spki);
        if (parsed.type !== "RSA") return;
        const plaintext = random(33);
        const made = encryptOaep(parsed, key.algorithm.endsWith("SHA512") ? "SHA512" : "SHA256", plaintext);
        sameBytes(await context.kms.decryptNative(key, made), plaintext, "a native ciphertext");
      }),
  },
];

const rowsWithout = (context: Context): readonly CapabilityRow[] =>
  context.rows(...uses).filter((row) => row.associatedData === "none");

const rsaRows = (context: Context): readonly CapabilityRow[] =>
  context.rows("decrypt", "getPublicKey").filter((row) => row.algorithm.startsWith("RSA-OAEP"));

// What the suite's associated data and the header's digest take of a limit over both.
const besideBytes = 256;

function sizesWithin({ limits }: CapabilityRow): readonly number[] {
  const { minimumPlaintextBytes: least = 0, maximumPlaintextBytes = 20_000, maximumTogetherBytes = Infinity } = limits;
  const most = Math.min(maximumPlaintextBytes, maximumTogetherBytes - besideBytes);
  const sizes = [0, 1, 15, 16, 17, 31, 32, 33, 1_024, most - 1, most];
  return [...new Set(sizes)].filter((size) => size >= least && size <= most);
}

async function roundTrip(context: Context, key: KeyHandle, size: number): Promise<void> {
  const plaintext = random(size);
  const associatedData = associatedDataFor(context, key);
  const ciphertext = await context.kms.encrypt(key, plaintext, associatedData);
  sameBytes(
    await context.kms.decrypt(key, ciphertext, associatedData),
    plaintext,
    `${size} bytes under ${key.algorithm}`,
  );
}

async function failsToDecrypt(
  context: Context,
  key: KeyHandle,
  ciphertext: Uint8Array,
  trial: { readonly what: string; readonly associatedData?: Readonly<Record<string, string>> | undefined },
): Promise<void> {
  const work = (): unknown => context.kms.decrypt(key, ciphertext, trial.associatedData);
  const error = await refuses(work, "DECRYPTION_FAILED", `${trial.what}, ${key.algorithm}`);
  equal(error.cause, undefined, `${trial.what}: the cause of an opaque refusal`);
}
