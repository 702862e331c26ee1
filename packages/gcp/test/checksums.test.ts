import { crc32c } from "@aws-crypto/crc32c";
import castagnoli from "crc-32/crc32c.js";
import fc from "fast-check";
import { conformanceClock } from "@kms/conformance";
import type { KmsError } from "@kms/core";
import { describe, expect, test } from "vitest";
import { checksumsBy, confirmed } from "../src/checksums.ts";
import { guarded } from "./guarded.ts";
import { readings, uses, type Work } from "./operations.ts";
import { bytes, call, context, keyOf, refusal, rejection, stand } from "./setup.ts";

/** Every field of an answer that has a checksum, the checksums themselves, and every flag, by method. */
const answered: readonly (readonly [method: string, fields: readonly string[]])[] = [
  [
    "Encrypt",
    ["ciphertext", "ciphertextCrc32c.value", "verifiedPlaintextCrc32c", "verifiedAdditionalAuthenticatedDataCrc32c"],
  ],
  ["Decrypt", ["plaintext", "plaintextCrc32c.value"]],
  ["AsymmetricDecrypt", ["plaintext", "plaintextCrc32c.value", "verifiedCiphertextCrc32c"]],
  ["AsymmetricSign", ["signature", "signatureCrc32c.value"]],
  ["MacSign", ["mac", "macCrc32c.value", "verifiedDataCrc32c"]],
  ["MacVerify", ["success", "verifiedSuccessIntegrity", "verifiedDataCrc32c", "verifiedMacCrc32c"]],
  ["GetPublicKey", ["publicKey.data", "publicKey.crc32cChecksum.value"]],
  ["GenerateRandomBytes", ["data", "dataCrc32c.value"]],
];
/** Every field of a request that has a checksum. */
const sent: readonly (readonly [method: string, fields: readonly string[]])[] = [
  ["Encrypt", ["plaintext", "plaintextCrc32c.value", "additionalAuthenticatedDataCrc32c.value"]],
  ["Decrypt", ["ciphertext", "ciphertextCrc32c.value", "additionalAuthenticatedDataCrc32c.value"]],
  ["AsymmetricDecrypt", ["ciphertext", "ciphertextCrc32c.value"]],
  ["MacSign", ["data", "dataCrc32c.value"]],
  ["MacVerify", ["data", "dataCrc32c.value", "mac", "macCrc32c.value"]],
];

const works = [...uses, ...readings];
const flat = (table: typeof answered) =>
  table.flatMap(([method, fields]) =>
    works
      .filter(({ request }) => request === method)
      .flatMap((work) => fields.map((field) => ({ ...work, method, field }))),
  );
type Flipped = Work & { readonly method: string; readonly field: string };

/** One bit of one field is changed; what the guard makes of it, on a clock that does not wait. */
async function flipped({ prepare, method, field }: Flipped, side: "flipBit" | "flipRequestBit", always: boolean) {
  const clock = conformanceClock();
  const here = await guarded({ now: clock.now }, clock);
  const run = await prepare(here);
  here.emulator.requests.clear();
  const fault = side === "flipBit" ? { flipBit: field } : { flipRequestBit: field };
  if (always) here.emulator.faults.always(fault, method);
  else here.emulator.faults.next(fault, method);
  return { run: () => run(here.kms), count: () => here.emulator.requests.count(method) };
}

describe.each(flat(answered))("one bit of $field in the answer to $method ($operation)", (work) => {
  test("is CORRUPTED, and asked for again", async () => {
    const { run, count } = await flipped(work, "flipBit", true);
    expect(await rejection(run())).toMatchObject({ code: "CORRUPTED", outcome: "none", retryable: true });
    expect(count()).toBe(3);
  });

  test("does no harm where it happens once", async () => {
    const { run, count } = await flipped(work, "flipBit", false);
    expect(await run()).toBeTruthy();
    expect(count()).toBe(2);
  });
});

describe.each(flat(sent))("one bit of $field on its way to $method ($operation)", (work) => {
  test("is CORRUPTED, not a wrong argument or ciphertext, and does no harm where it happens once", async () => {
    const { run } = await flipped(work, "flipRequestBit", true);
    expect(await rejection(run())).toMatchObject({ code: "CORRUPTED", outcome: "none", retryable: true });
    const once = await flipped(work, "flipRequestBit", false);
    expect(await once.run()).toBeTruthy();
  });
});

test.each([
  ["ECDSA-P256-SHA256", "verifiedDigestCrc32c", "digest.sha256"],
  ["Ed25519", "verifiedDataCrc32c", "data"],
] as const)("what %s signs has its flag %s and its field %s looked at", async (algorithm, flag, field) => {
  const clock = conformanceClock();
  const here = await guarded({ now: clock.now }, clock);
  const key = await here.kms.generateKey("gcp", { algorithm });
  for (const fault of [{ flipBit: flag }, { flipRequestBit: field }]) {
    here.emulator.faults.always(fault, "AsymmetricSign");
    expect(await refusal(here.kms.sign(key, bytes("x")))).toMatchObject({ code: "CORRUPTED" });
    here.emulator.faults.clear();
  }
});

test.each(works.filter(({ request }) => /^(?:Encrypt|Asymmetric|Mac)/.test(request ?? "")))(
  "checksums that did not arrive at $request leave no flag set, which is CORRUPTED ($what)",
  async ({ prepare, request }) => {
    const clock = conformanceClock();
    const here = await guarded({ now: clock.now }, clock);
    const run = await prepare(here);
    here.emulator.faults.always("checksums-lost", request);
    const error = (await rejection(run(here.kms))) as KmsError;
    expect(error).toMatchObject({ code: "CORRUPTED", outcome: "none" });
  },
);

test("an altered name, which has no checksum, is TAMPERED", async () => {
  const here = await guarded();
  const signing = await here.kms.generateKey("gcp", { algorithm: "ECDSA-P256-SHA256" });
  const mac = await here.kms.generateKey("gcp", { algorithm: "HMAC-SHA256" });
  const made = await here.kms.generateMac(mac, bytes("x"));
  for (const [method, use] of [
    ["AsymmetricSign", () => here.kms.sign(signing, bytes("x"))],
    ["MacSign", () => here.kms.generateMac(mac, bytes("x"))],
    ["MacVerify", () => here.kms.verifyMac(mac, bytes("x"), made)],
    ["GetPublicKey", () => here.kms.getKey("gcp", signing.keyId, { algorithm: "ECDSA-P256-SHA256" })],
    ["GetCryptoKey", () => here.kms.describeKey(mac)],
  ] as const) {
    here.emulator.faults.next({ flipBit: "name" }, method);
    expect(await refusal(use())).toMatchObject({ code: "TAMPERED" });
  }
});

describe("checksums", () => {
  const sums = checksumsBy((data) => castagnoli.buf(data) >>> 0);

  test("agree with another implementation", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (data) => {
        expect(sums.of(data)).toEqual({ value: crc32c(data) });
      }),
    );
  });

  test("are CRC32C (RFC 3720 B.4)", () => {
    expect(sums.of(new Uint8Array(32))).toEqual({ value: 0x8a9136aa });
    expect(sums.of(new Uint8Array(32).fill(0xff))).toEqual({ value: 0x62a8ab43 });
    expect(sums.of(new Uint8Array())).toEqual({ value: 0 });
  });

  test("that are missing, wrong or no number are CORRUPTED naming the field", async () => {
    const data = bytes("x");
    const { value } = sums.of(data);
    expect(sums.verified(data, { value: String(value) }, "data")).toBe(data);
    for (const checksum of [
      undefined,
      null,
      {},
      { value: null },
      { value: "" },
      { value: "x" },
      { value: value ^ 1 },
    ]) {
      const error = await refusal((async () => sums.verified(data, checksum, "data"))());
      expect(error).toMatchObject({ code: "CORRUPTED", outcome: "unknown" });
      expect(error.message).toContain("data");
    }
  });

  test("of secret bytes are verified over a copy, and the message is overwritten, right or wrong", async () => {
    const message = new Uint8Array(16).fill(7);
    const part = message.subarray(4, 8);
    const own = sums.verifiedSecret(part, sums.of(part), "plaintext");
    expect([...own]).toEqual([7, 7, 7, 7]);
    expect(own.buffer.byteLength).toBe(4);
    expect([...message.subarray(3, 9)]).toEqual([7, 0, 0, 0, 0, 7]);
    const wrong = new Uint8Array(4).fill(9);
    await refusal((async () => sums.verifiedSecret(wrong, { value: 0 }, "plaintext"))());
    expect([...wrong]).toEqual([0, 0, 0, 0]);
  });

  test("of bytes that are missing, or text, are not asked for", async () => {
    for (const answer of [undefined, null, "dGV4dA=="]) {
      expect(await refusal((async () => sums.verified(answer, { value: 0 }, "data"))())).toMatchObject({
        code: "UNKNOWN",
      });
    }
  });

  test("flags that are not true are CORRUPTED naming the first", async () => {
    expect(confirmed({ a: true, b: true })).toBeUndefined();
    for (const flag of [false, undefined, null]) {
      const error = await refusal((async () => confirmed({ a: true, verifiedB: flag, c: false }))());
      expect(error.code).toBe("CORRUPTED");
      expect(error.message).toContain("verifiedB");
    }
  });
});

test("an empty plaintext of RSA has a checksum of its own", async () => {
  const here = await guarded();
  const key = await here.kms.generateKey("gcp", { algorithm: "RSA-OAEP-2048-SHA256" });
  expect(await here.kms.decrypt(key, await here.kms.encrypt(key, new Uint8Array()))).toHaveLength(0);
});

test("every request carries the checksum of what it sends", async () => {
  const here = await stand();
  const key = await keyOf(here, "AES-256-GCM");
  const { bytes: ciphertext } = await here.driver.encrypt(key, bytes("x"), context("aad"), call());
  here.emulator.faults.next({ flipRequestBit: "additionalAuthenticatedData" }, "Decrypt");
  const cause = await rejection(here.driver.decrypt(key, ciphertext, context("aad"), call()));
  expect(here.driver.classify(cause, "decrypt").code).toBe("CORRUPTED");
});
