import { describeCiphertext, type CryptoOperation, type KeyHandle, type Kms } from "@kms/core";
import { check, present } from "../assertions.ts";
import { contains, random, toHex } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { dataKeyUses, newDataKey } from "../data-key.ts";
import { overRows } from "../refusal.ts";
import { authenticatedRows } from "../rows.ts";
import { readDer, readOne } from "../verify/der.ts";

/** Nonces, which give the key or the plaintext away when they come twice. */
export const nonceCases: readonly Case[] = [
  {
    id: "encryption/nonces",
    title: "no two ciphertexts of a key share a key stream, those of another process included",
    shows: "requirements 59, 60; NIST SP 800-38D §8: uniqueness of the nonce (crypto-rules.md 8)",
    run: (context) =>
      overAuthenticated(context, ["encrypt", "decrypt"], async (kms, key) => {
        const plaintext = random(48);
        const { providerCiphertext } = describeCiphertext(await kms.encrypt(key, plaintext));
        return { plaintext, sealed: providerCiphertext };
      }),
  },
  {
    id: "data-keys/nonces",
    title: "no two wrapped data keys of a key share a key stream, those of another process included",
    shows: "requirements 59, 60; NIST SP 800-38D §8: uniqueness of the nonce (crypto-rules.md 8)",
    run: (context) =>
      overAuthenticated(context, dataKeyUses(context), async (kms, key) => {
        const { plaintext, encrypted } = await newDataKey(context, key, undefined, kms);
        return { plaintext, sealed: encrypted.ciphertext };
      }),
  },
  {
    id: "signatures/nonces",
    title: "no two signatures of a key over two messages share their r, those of another process included",
    shows: "crypto-rules.md 12; RFC 6979 §1: a nonce used twice gives the private key away",
    run: signatureNonces,
  },
];

interface Sealed {
  readonly plaintext: Uint8Array;
  readonly sealed: Uint8Array;
}

/** Two counters that begin again show within so many messages of each of two processes. */
const messages = 20;

type Protect<T> = (kms: Kms, key: KeyHandle) => Promise<T>;

/** What two processes protect in turn with one key: each the same number of times. */
async function byTwo<T>(context: Context, key: KeyHandle, protect: Protect<T>): Promise<readonly T[]> {
  const elsewhere = await context.elsewhere();
  const there = await context.carry(key, elsewhere);
  const made: T[] = [];
  for (let count = 0; count < messages; count += 1) {
    made.push(await protect(context.kms, key), await protect(elsewhere, there));
  }
  return made;
}

async function overAuthenticated(
  context: Context,
  uses: readonly CryptoOperation[],
  protect: Protect<Sealed>,
): Promise<void> {
  await overRows(context, authenticatedRows(context.rows(...uses)), uses, async (key) => {
    const made = await byTwo(context, key, protect);
    for (const [index, left] of made.entries()) {
      for (const right of made.slice(index + 1)) {
        check(
          !shareKeyStream(left, right),
          `two messages under ${key.algorithm} have one key stream: a nonce came twice`,
        );
      }
    }
  });
}

/** Under one key stream the difference of two ciphertexts is, somewhere in them, the difference of their plaintexts. */
const shareKeyStream = (left: Sealed, right: Sealed): boolean =>
  contains(difference(left.sealed, right.sealed), difference(left.plaintext, right.plaintext));

const difference = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  left.subarray(0, right.length).map((byte, at) => byte ^ (right[at] ?? 0));

async function signatureNonces(context: Context): Promise<void> {
  const rows = context
    .rows("sign", "verify")
    .filter(({ algorithm }) => algorithm.startsWith("ECDSA") || algorithm === "Ed25519");
  await overRows(context, rows, ["sign", "verify"], async (key) => {
    const made = await byTwo(context, key, async (kms, handle) => (await kms.sign(handle, random(32))).bytes);
    const found = new Set(made.map((bytes) => toHex(key.algorithm === "Ed25519" ? bytes.subarray(0, 32) : rOf(bytes))));
    check(found.size === made.length, `two signatures of ${key.algorithm} have one r: a nonce came twice`);
  });
}

const rOf = (signature: Uint8Array): Uint8Array =>
  present(readDer(readOne(signature, 0x30))[0], "a signature without r").content;
