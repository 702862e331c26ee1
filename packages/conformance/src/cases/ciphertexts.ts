import { describeCiphertext, providerAssociatedData, type KeyHandle } from "@kms/core";
import { check, equal, refuses, sameBytes } from "../assertions.ts";
import { concat, flipped, random, utf8 } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { buildHeader, type HeaderFields } from "../header.ts";
import { attemptWith, neverMade } from "../hostile.ts";
import { forEachClaim, overRows, refusesUncalled } from "../refusal.ts";
import { authenticatedRows, quickRows } from "../rows.ts";

const uses = ["encrypt", "decrypt"] as const;

/** The header in front of a ciphertext, and what it binds. */
export const ciphertextCases: readonly Case[] = [
  {
    id: "ciphertexts/describe-themselves",
    title: "a ciphertext names kind, key, version and algorithm in the header that the rule prescribes",
    shows: "crypto-rules.md 6, 8; requirements 42",
    run: (context) => forEachClaim(context, uses, async (key, row) => describesItself(context, key, row.version)),
  },
  {
    id: "ciphertexts/strange-bytes",
    title: "describeCiphertext refuses bytes that are no ciphertext of ours",
    shows: "design.md §3.7",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const ciphertext = await context.kms.encrypt(key, random(16));
        const header = ciphertext.length - describeCiphertext(ciphertext).providerCiphertext.length;
        const strange = [new Uint8Array(), utf8("kms"), random(64), flipped(ciphertext, 0), flipped(ciphertext, 3, 3)];
        for (const bytes of [...strange, ciphertext.subarray(0, header - 1)]) {
          await refuses(() => describeCiphertext(bytes), "INVALID_ARGUMENT", "describeCiphertext");
          await refuses(() => providerAssociatedData(bytes), "INVALID_ARGUMENT", "providerAssociatedData");
        }
      }),
  },
  {
    id: "ciphertexts/header-exchanged",
    title: "decrypt refuses a good body under the header of another key, version, kind or algorithm",
    shows: "crypto-rules.md 5; requirements 41, 42",
    run: (context) =>
      overRows(context, quickRows(context.rows(...uses)), uses, async (key, row) =>
        headerExchanged(context, key, await context.key(row, "second")),
      ),
  },
  {
    id: "ciphertexts/body-moved",
    title: "decrypt refuses another key's body under this key's own header",
    shows: "requirements 41; design.md §3.3: decrypt pins the key",
    run: (context) =>
      overRows(context, quickRows(context.rows(...uses)), uses, async (key, row) => {
        const own = await context.kms.encrypt(key, random(16));
        const { providerCiphertext: ownBody } = describeCiphertext(own);
        const header = own.subarray(0, own.length - ownBody.length);
        const foreign = describeCiphertext(await context.kms.encrypt(await context.key(row, "second"), random(16)));
        const moved = concat(header, foreign.providerCiphertext);
        await refuses(
          () => context.kms.decrypt(key, moved),
          "DECRYPTION_FAILED",
          `a moved body under ${key.algorithm}`,
        );
      }),
  },
  {
    id: "ciphertexts/native-is-apart",
    title:
      "the body of our ciphertext does not open as a native ciphertext: the header is part of what is authenticated",
    shows: "crypto-rules.md 5",
    run: (context) =>
      overRows(context, authenticatedRows(context.rows(...uses)), uses, async (key) => {
        const ciphertext = await context.kms.encrypt(key, random(16), { tenant: "42" });
        const { providerCiphertext, keyVersion } = describeCiphertext(ciphertext);
        const options = keyVersion === null ? undefined : { keyVersion };
        const work = (): unknown => context.kms.decryptNative(key, providerCiphertext, { tenant: "42" }, options);
        await refuses(work, "DECRYPTION_FAILED", `a body of ${key.algorithm} alone`);
      }),
  },
  {
    id: "ciphertexts/native-versions",
    title: "decryptNative refuses a key version that the driver's grammar does not have before the driver is called",
    shows: "contract-fit.md §1: version string in a header",
    run: (context) =>
      forEachClaim(context, "decrypt", async (key) => {
        for (const keyVersion of ["", "../1", "1/../2", "1\n", "\u0000", 1, null, "x".repeat(10_000)]) {
          const work = (): unknown => attemptWith(context.kms, "decryptNative", key, random(96), {}, { keyVersion });
          await refusesUncalled(
            context,
            work,
            "INVALID_ARGUMENT",
            `the version ${JSON.stringify(keyVersion)?.slice(0, 20)}`,
          );
        }
      }),
  },
];

async function describesItself(context: Context, key: KeyHandle, version: "caller" | "provider"): Promise<void> {
  const ciphertext = await context.kms.encrypt(key, random(16));
  const described = describeCiphertext(ciphertext);
  equal(described.kind, context.manifest.kind, "kind");
  equal(described.keyId, key.keyId, "key id");
  equal(described.algorithm, key.algorithm, "algorithm");
  if (version === "provider") equal(described.keyVersion, null, "the version that the provider picks");
  else {
    check(context.harness.driver.isVersion(described.keyVersion ?? ""), "the header names no version of this provider");
  }
  sameBytes(concat(buildHeader(described), described.providerCiphertext), ciphertext, "header and body");
}

async function headerExchanged(context: Context, key: KeyHandle, second: KeyHandle): Promise<void> {
  const plaintext = random(16);
  const ciphertext = await context.kms.encrypt(key, plaintext);
  const { providerCiphertext, ...fields } = describeCiphertext(ciphertext);
  const others: readonly (readonly [string, Partial<HeaderFields>])[] = [
    ["another key id", { keyId: second.keyId }],
    ["an empty key id", { keyId: "" }],
    ["another version", { keyVersion: fields.keyVersion === null ? "1" : null }],
    ["a version that climbs", { keyVersion: "../1" }],
    ["another kind", { kind: "elsewhere" }],
    ["another algorithm", { algorithm: fields.algorithm === "AES-256-GCM" ? "RSA-OAEP-2048-SHA256" : "AES-256-GCM" }],
    ["an algorithm that does not exist", { algorithm: "none" }],
    ...neverMade(context.harness.driver, fields.keyVersion).map(
      (keyVersion) => ["a version never made", { keyVersion }] as const,
    ),
  ];
  for (const [what, change] of others) {
    const changed = concat(buildHeader({ ...fields, ...change }), providerCiphertext);
    await refuses(() => context.kms.decrypt(key, changed), "DECRYPTION_FAILED", `${what}, ${key.algorithm}`);
    await refuses(
      () => context.kms.decrypt(second, changed),
      "DECRYPTION_FAILED",
      `${what} on another handle, ${key.algorithm}`,
    );
  }
  sameBytes(
    await context.kms.decrypt(key, concat(buildHeader(fields), providerCiphertext)),
    plaintext,
    "the header rebuilt",
  );
}
