import { verifySignature, type KeyHandle, type PublicKey, type Signature } from "@kms/core";
import { check, equal, refuses } from "../assertions.ts";
import { flipped, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { forEachClaim, overRows, refusesUncalled } from "../refusal.ts";
import { bitLength } from "../verify/rsa.ts";
import { hasLowS, verifyIndependently } from "../verify/signature.ts";
import { parseSpki } from "../verify/spki.ts";

const uses = ["sign", "verify"] as const;

/** Signatures, verified by others than their maker. */
export const signatureCases: readonly Case[] = [
  {
    id: "signatures/independent",
    title: "an implementation that shares no library with the signer verifies signatures of every algorithm",
    shows:
      "provider-bugs.md §2: never accept sign→verify through the same adapter as sole evidence; crypto-rules.md 12",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const most = row.limits.maximumMessageBytes ?? 100_000;
        const least = row.limits.minimumMessageBytes ?? 0;
        for (const size of [0, 1, 55, 56, 64, 1_000, most].filter((each) => each >= least && each <= most)) {
          const message = random(size);
          await isGood(context, key, message, await context.kms.sign(key, message));
        }
      }),
  },
  {
    id: "signatures/two-hundred-messages",
    title: "200 ECDSA signatures over random messages are strict DER, verified independently",
    shows: "provider-bugs.md §2: short r and s occur; sigstore#2409: r‖s where DER is promised",
    run: (context) =>
      overRows(
        context,
        context.rows(...uses).filter((row) => row.algorithm.startsWith("ECDSA")),
        uses,
        async (key) => {
          for (let count = 0; count < 200; count += 1) {
            const message = random(1 + (count % 64));
            const signature = await context.kms.sign(key, message);
            const publicKey = await publicKeyOf(context, key, signature);
            check(verifyIndependently(publicKey, message, signature.bytes), `message ${count} under ${key.algorithm}`);
            check(
              await context.kms.verify(key, message, signature),
              `verify of message ${count} under ${key.algorithm}`,
            );
          }
        },
      ),
  },
  {
    id: "signatures/encoding",
    title: "signatures have the contract's encoding: DER for ECDSA, 64 bytes for Ed25519, the modulus' length for RSA",
    shows: "design.md §3.2; crypto-rules.md 12: low-S on secp256k1",
    run: (context) => forEachClaim(context, uses, (key) => encoding(context, key)),
  },
  {
    id: "signatures/limits",
    title:
      "a message over the row's limit is TOO_LARGE before the driver is called; without a limit a mebibyte is signed",
    shows: "crypto-rules.md 11: no implicit pre-hash; provider-bugs.md §2: AWS RAW limit 4096",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const { maximumMessageBytes: most, minimumMessageBytes: least = 0 } = row.limits;
        if (least > 0) {
          await refusesUncalled(
            context,
            () => context.kms.sign(key, random(least - 1)),
            "UNSUPPORTED",
            "under the minimum",
          );
        }
        if (most !== undefined) {
          await refusesUncalled(
            context,
            () => context.kms.sign(key, random(most + 1)),
            "TOO_LARGE",
            `${most + 1} bytes`,
          );
          return;
        }
        const message = random(1_048_576);
        await isGood(context, key, message, await context.kms.sign(key, message));
      }),
  },
  {
    id: "signatures/at-the-provider",
    title:
      "a handle restricted to verification at the provider verifies there, or is refused where that is not claimed",
    shows: "design.md §3.2: verify runs locally unless verifyAt is provider",
    run: (context) => forEachClaim(context, uses, (key) => atTheProvider(context, key)),
  },
];

const publicKeyOf = (context: Context, key: KeyHandle, signature: Signature): Promise<PublicKey> =>
  context.kms.getPublicKey(key, { keyVersion: signature.keyVersion });

async function isGood(context: Context, key: KeyHandle, message: Uint8Array, signature: Signature): Promise<void> {
  const what = `${message.length} bytes under ${key.algorithm}`;
  equal(signature.algorithm, key.algorithm, "the signature's algorithm");
  const publicKey = await publicKeyOf(context, key, signature);
  check(verifyIndependently(publicKey, message, signature.bytes), `not verified independently: ${what}`);
  check(await context.kms.verify(key, message, signature), `verify answers false: ${what}`);
  check(await context.kms.verify(key, message, signature.bytes), `verify of bare bytes answers false: ${what}`);
  check(verifySignature(publicKey, message, signature), `verifySignature answers false: ${what}`);
}

async function encoding(context: Context, key: KeyHandle): Promise<void> {
  for (let count = 0; count < 20; count += 1) {
    const signature = await context.kms.sign(key, random(20));
    const parsed = parseSpki((await publicKeyOf(context, key, signature)).spki);
    if (parsed.type === "RSA") equal(signature.bytes.length, bitLength(parsed.modulus) / 8, "length");
    else if (parsed.type === "Ed25519") equal(signature.bytes.length, 64, "length");
    else equal(signature.bytes[0], 0x30, "the first byte of a DER signature");
    if (parsed.type === "secp256k1") check(hasLowS(signature.bytes), "a high s");
  }
}

async function atTheProvider(context: Context, key: KeyHandle): Promise<void> {
  const message = random(40);
  const signature = await context.kms.sign(key, message);
  const restricted = context.kms.restrictKey(key, { verifyAt: "provider" });
  const work = (): Promise<boolean> => context.kms.verify(restricted, message, signature);
  if (context.harness.driver.verify === undefined) {
    await refuses(work, "UNSUPPORTED", "verification at a provider that has none");
    return;
  }
  check(await work(), "verification at the provider answers false");
  const bytes = flipped(signature.bytes, signature.bytes.length - 1);
  check(
    !(await context.kms.verify(restricted, message, { ...signature, bytes })),
    "the provider verified a changed signature",
  );
}
