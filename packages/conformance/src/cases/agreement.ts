import type { KeyHandle } from "@kms/core";
import { differentBytes, equal, refuses, sameBytes } from "../assertions.ts";
import { concat, flipped, random, utf8 } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { forEachClaim, refusesUncalled } from "../refusal.ts";
import { agreeIndependently, peerKey, spkiOf } from "../verify/agreement.ts";

/** Key agreement, with a peer of another make. */
export const agreementCases: readonly Case[] = [
  {
    id: "agreement/independent",
    title: "both sides of an agreement derive the same bytes, the other side by an implementation of its own",
    shows: "crypto-rules.md 10: secrets leave only through HKDF with info; style.md §4",
    run: (context) =>
      forEachClaim(context, "deriveSharedSecret", async (key) => {
        const { spki } = await context.kms.getPublicKey(key);
        for (const lengthBytes of [16, 32, 64, 200]) {
          const peer = peerKey(key.algorithm);
          const kdf = { info: utf8(`conformance ${lengthBytes}`), lengthBytes };
          const derived = await context.kms.deriveSharedSecret(key, peer.spki, kdf);
          equal(derived.length, lengthBytes, "length");
          sameBytes(derived, agreeIndependently(peer, spki, kdf), `the agreement of ${key.algorithm}`);
        }
      }),
  },
  {
    id: "agreement/separation",
    title: "another info, another peer and another key each derive other bytes",
    shows: "crypto-rules.md 10",
    run: (context) =>
      forEachClaim(context, "deriveSharedSecret", async (key, row) => {
        const { spki } = peerKey(key.algorithm);
        const kdf = { info: utf8("one"), lengthBytes: 32 };
        const derived = await context.kms.deriveSharedSecret(key, spki, kdf);
        sameBytes(await context.kms.deriveSharedSecret(key, spki, kdf), derived, "derived again");
        const others = [
          await context.kms.deriveSharedSecret(key, spki, { ...kdf, info: utf8("two") }),
          await context.kms.deriveSharedSecret(key, peerKey(key.algorithm).spki, kdf),
          await context.kms.deriveSharedSecret(await context.key(row, "second"), spki, kdf),
        ];
        for (const other of others) differentBytes(other, derived, `another derivation of ${key.algorithm}`);
      }),
  },
  {
    id: "agreement/bad-peers",
    title: "a peer key off the curve, of another curve or no public key at all is refused",
    shows: "crypto-rules.md 12: off-curve points refused",
    run: (context) => forEachClaim(context, "deriveSharedSecret", (key) => badPeers(context, key)),
  },
  {
    id: "agreement/bad-derivations",
    title: "a derivation without info or of an impossible length is refused before the driver is called",
    shows: "crypto-rules.md 10; RFC 5869 §2.3",
    run: (context) =>
      forEachClaim(context, "deriveSharedSecret", async (key) => {
        const { spki } = peerKey(key.algorithm);
        const info = utf8("info");
        const bad = [undefined, null, {}, { info }, { lengthBytes: 32 }, { info: "info", lengthBytes: 32 }];
        const lengths = [0, 15, -1, 1.5, Number.NaN, 255 * 64 + 1, "32"].map((lengthBytes) => ({ info, lengthBytes }));
        for (const kdf of [...bad, ...lengths]) {
          const work = (): unknown => attemptWith(context.kms, "deriveSharedSecret", key, spki, kdf);
          await refusesUncalled(context, work, "INVALID_ARGUMENT", `the derivation ${JSON.stringify(kdf)}`);
        }
      }),
  },
];

async function badPeers(context: Context, key: KeyHandle): Promise<void> {
  const { spki } = peerKey(key.algorithm);
  const size = spki.length;
  const point = spki.subarray(spki.lastIndexOf(0x04, size - (size > 140 ? 132 : size > 100 ? 96 : 64)));
  const bad: readonly (readonly [string, Uint8Array])[] = [
    ["nothing", new Uint8Array()],
    ["random bytes", random(91)],
    ["a point off the curve", flipped(spki, size - 1)],
    ["a truncated key", spki.subarray(0, -1)],
    ["an extended key", concat(spki, Uint8Array.of(0))],
    ["the point at infinity", spkiOf(key.algorithm, Uint8Array.of(0))],
    ["a key of zeros", spkiOf(key.algorithm, new Uint8Array(point.length))],
    ["a key on another curve", peerKey(key.algorithm === "ECDH-P256" ? "ECDH-P384" : "ECDH-P256").spki],
  ];
  for (const [what, peer] of bad) {
    const work = (): unknown => context.kms.deriveSharedSecret(key, peer, { info: utf8("info"), lengthBytes: 32 });
    await refuses(work, "INVALID_ARGUMENT", `${what} as peer of ${key.algorithm}`);
  }
}
