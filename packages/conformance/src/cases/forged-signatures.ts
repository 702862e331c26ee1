import { verifySignature, type KeyHandle, type Signature } from "@kms/core";
import { check, refuses } from "../assertions.ts";
import { concat, flipped, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { forEachClaim, overRows, refusesUncalled } from "../refusal.ts";
import { positions, quickRows } from "../rows.ts";

const uses = ["sign", "verify"] as const;

/** What must never verify. */
export const forgedSignatureCases: readonly Case[] = [
  {
    id: "signatures/every-byte-flipped",
    title: "verify answers false for a signature with any one byte changed",
    shows: "style.md §4: each byte flipped",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const message = random(40);
        const signature = await context.kms.sign(key, message);
        for (const index of positions(signature.bytes)) {
          const bytes = flipped(signature.bytes, index, 1 << (index % 8));
          check(
            !(await context.kms.verify(key, message, { ...signature, bytes })),
            `verified: byte ${index} flipped, ${key.algorithm}`,
          );
        }
      }),
  },
  {
    id: "signatures/wrong-length",
    title: "verify answers false for a truncated, extended or empty signature, and for one in another encoding",
    shows: "requirements 54",
    run: (context) => forEachClaim(context, uses, (key) => wrongLength(context, key)),
  },
  {
    id: "signatures/other-message",
    title: "verify answers false for another message",
    shows: "design.md §3.2",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const message = random(40);
        const signature = await context.kms.sign(key, message);
        for (const other of [
          flipped(message, 0),
          flipped(message, 39, 0x80),
          message.subarray(1),
          concat(message, Uint8Array.of(0)),
        ]) {
          await isBad(context, key, other, { signature, what: "another message" });
        }
      }),
  },
  {
    id: "signatures/wrong-key",
    title: "verify answers false for the signature of another key of the same type",
    shows: "design.md §3.3",
    run: (context) =>
      overRows(context, quickRows(context.rows(...uses)), uses, async (key, row) => {
        const message = random(40);
        // Under a version that this key pins: where versions have names of their own, the other key's is refused as stale.
        const { bytes } = await context.kms.sign(await context.key(row, "second"), message);
        const signature = { ...(await context.kms.sign(key, message)), bytes };
        await isBad(context, key, message, { signature, what: "another key's signature" });
      }),
  },
  {
    id: "signatures/other-algorithm",
    title: "a signature that claims another algorithm is never verified",
    shows: "requirements 43; provider-bugs.md §2: RSA treated as EC",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const message = random(40);
        const signature = await context.kms.sign(key, message);
        for (const algorithm of context.rows(...uses).map((row) => row.algorithm)) {
          if (algorithm === key.algorithm) continue;
          await neverVerified(
            () => context.kms.verify(key, message, { ...signature, algorithm }),
            `${algorithm} claimed`,
          );
        }
      }),
  },
  {
    id: "signatures/unknown-version",
    title:
      "verify under a version that the handle does not pin is STALE_HANDLE, and under no version at all INVALID_ARGUMENT",
    shows: "design.md §3.3, §3.7",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const message = random(40);
        const { bytes } = await context.kms.sign(key, message);
        for (const keyVersion of ["", "../1", "1\n", "x".repeat(3_000)]) {
          const work = (): unknown => context.kms.verify(key, message, bytes, { keyVersion });
          await refusesUncalled(
            context,
            work,
            ["INVALID_ARGUMENT", "STALE_HANDLE"],
            `the version ${keyVersion.slice(0, 9)}`,
          );
        }
      }),
  },
];

interface Trial {
  readonly signature: Signature;
  readonly what: string;
}

async function isBad(context: Context, key: KeyHandle, message: Uint8Array, trial: Trial): Promise<void> {
  const what = `${trial.what}, ${key.algorithm}`;
  const publicKey = await context.kms.getPublicKey(key, { keyVersion: trial.signature.keyVersion });
  check(!(await context.kms.verify(key, message, trial.signature)), `verified: ${what}`);
  check(!(await context.kms.verify(key, message, trial.signature.bytes)), `verified as bare bytes: ${what}`);
  check(!verifySignature(publicKey, message, trial.signature), `verified offline: ${what}`);
}

async function neverVerified(work: () => Promise<boolean>, what: string): Promise<void> {
  const answer = await work().catch(async (error: unknown) => {
    await refuses(() => Promise.reject(error), "INVALID_ARGUMENT", what);
    return false;
  });
  check(!answer, `verified: ${what}`);
}

async function wrongLength(context: Context, key: KeyHandle): Promise<void> {
  const message = random(40);
  const signature = await context.kms.sign(key, message);
  const { bytes } = signature;
  const others = [
    new Uint8Array(),
    bytes.subarray(1),
    bytes.subarray(0, -1),
    concat(bytes, Uint8Array.of(0)),
    concat(Uint8Array.of(0), bytes),
  ];
  const lengths = [
    new Uint8Array(64),
    new Uint8Array(64).fill(0xff),
    new Uint8Array(bytes.length),
    random(bytes.length),
  ];
  for (const other of [...others, ...lengths]) {
    await isBad(context, key, message, {
      signature: { ...signature, bytes: other },
      what: `${other.length} other bytes`,
    });
  }
}
