import { randomBytes } from "node:crypto";
import { KmsError } from "@kms/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decrypt, decryptChunks, rawAesRecipient, type DecryptOptions } from "../src/index.ts";
import { dataKey, forge, type Forgery } from "./forge.ts";
import { controls } from "./forgeries.ts";
import { knownDataKey, refusal } from "./setup.ts";

// A long run: KMS_FUZZ_RUNS=200000 npx vitest run --project envelope packages/envelope/test/fuzz.test.ts
const numRuns = Number(process.env["KMS_FUZZ_RUNS"] ?? 1_500);

const limits = {
  encryptedDataKeys: 4,
  associatedDataBytes: 1_000,
  frameBytes: 4_096,
  frames: 100,
  plaintextBytes: 65_536,
};
const options: DecryptOptions = { commitmentPolicy: "require-encrypt-allow-decrypt", limits };
const recipient = knownDataKey(dataKey);
const answers = new Set(["DECRYPTION_FAILED", "TOO_LARGE", "INVALID_ARGUMENT"]);

/** What comes of bytes: plaintext, or the code of a refusal. Anything else is thrown. */
async function outcome(message: Uint8Array): Promise<string> {
  try {
    return Buffer.from((await decrypt(recipient, message, {}, options)).plaintext).toString("latin1");
  } catch (error) {
    if (KmsError.isInstance(error)) return error.code;
    throw error;
  }
}

async function streamed(message: Uint8Array, size: number): Promise<string> {
  const found: Uint8Array[] = [];
  const pieces = Array.from({ length: Math.ceil(message.length / size) }, (_, index) =>
    message.subarray(index * size, (index + 1) * size),
  );
  try {
    for await (const chunk of decryptChunks(recipient, pieces, {}, options)) found.push(chunk);
    return Buffer.concat(found).toString("latin1");
  } catch (error) {
    if (KmsError.isInstance(error)) return error.code;
    throw error;
  }
}

const genuine = Object.values<Forgery>(controls).map((forgery) => forge(forgery));

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}
const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.nat(),
  remove: fc.constantFrom(0, 0, 1, 2, 4, 16),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    // What lengths and counts are most hurt by.
    fc.constantFrom(
      ...["ff", "ffff", "ffffffff", "00000000", "7fffffff", "0000"].map((hex) => Buffer.from(hex, "hex")),
    ),
  ),
});
const edited = (whole: Uint8Array, edits: readonly Edit[]): Buffer => {
  let bytes = Buffer.from(whole);
  for (const { at, remove, insert } of edits) {
    const start = at % (bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + remove)]);
  }
  return bytes;
};

describe("whatever the bytes", () => {
  test("a message that was edited is opened alike or refused, whole and in pieces alike", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...genuine),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 64 }),
        async (message, edits, size) => {
          const bytes = edited(message, edits);
          const before = process.memoryUsage().arrayBuffers;
          const whole = await outcome(bytes);
          // Twice the greatest limit, for one message: nothing is kept because a length asks for it.
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * limits.plaintextBytes);
          const same = Buffer.compare(bytes, message) === 0;
          expect(same || answers.has(whole)).toBe(true);
          const inPieces = await streamed(bytes, size);
          expect(same || answers.has(inPieces)).toBe(true);
        },
      ),
      { numRuns },
    );
  });

  test("random bytes are refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(answers.has(await outcome(bytes))).toBe(true);
      }),
      { numRuns },
    );
  });

  test("random bytes behind a good beginning are refused", async () => {
    const beginnings = ["0204", "020478", "020578", "018001", "01800178", "0180"].map((hex) => Buffer.from(hex, "hex"));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 400 }), async (beginning, bytes) => {
        expect(answers.has(await outcome(Buffer.concat([beginning, bytes])))).toBe(true);
      }),
      { numRuns },
    );
  });
});

describe("a length that asks for much is refused before anything of its size is kept", () => {
  const huge: Readonly<Record<string, Forgery>> = {
    "data keys": { dataKeys: Buffer.from("ffff", "hex") },
    "associated data": { context: Buffer.alloc(60_000) },
    "a frame": { frameBytes: 0xffff_ffff },
    "a body without frames": {
      contentType: 1,
      frameBytes: 0,
      body: () => Buffer.concat([Buffer.alloc(12), Buffer.from("0000000fffffffe0", "hex"), Buffer.alloc(64)]),
    },
    frames: { frameBytes: 1, frames: Array.from({ length: 101 }, () => ({ plaintext: Buffer.alloc(1) })) },
  };

  test.each(Object.entries(huge))("%s", async (_what, forgery) => {
    const message = forge(forgery);
    const before = process.memoryUsage().arrayBuffers;
    expect(await outcome(message)).toBe("TOO_LARGE");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * limits.plaintextBytes);
    expect(await streamed(message, 10)).toBe("TOO_LARGE");
  });

  test("a frame, and a body without frames, by the limit for frames alone", async () => {
    const small: DecryptOptions = { limits: { frameBytes: 7 } };
    const { "no frames": unframed = {} } = controls;
    for (const forgery of [{}, unframed]) {
      expect((await refusal(decrypt(recipient, forge(forgery), {}, small))).code).toBe("TOO_LARGE");
      const exact: DecryptOptions = { limits: { frameBytes: 8 } };
      expect((await decrypt(recipient, forge(forgery), {}, exact)).plaintext.length).toBeGreaterThan(7);
    }
  });

  test("all plaintext together", async () => {
    const frames = Array.from({ length: 20 }, (_, index) => ({
      plaintext: Buffer.alloc(4_096),
      isFinal: index === 19,
    }));
    expect(await outcome(forge({ frameBytes: 4_096, frames }))).toBe("TOO_LARGE");
  });

  test("a data key longer than its field is never made, and one in pieces of a byte is read in one pass", async () => {
    const dataKeys = Buffer.concat([
      Buffer.from("0001", "hex"),
      Buffer.from("00016b", "hex"),
      Buffer.from("0000", "hex"),
      Buffer.from("ffff", "hex"),
      Buffer.alloc(65_535),
    ]);
    expect(await streamed(forge({ dataKeys }), 1)).toBe("1234567812345678end");
  });
});

test("limits are numbers in their ranges", async () => {
  const raw = rawAesRecipient("space", "key", randomBytes(32));
  for (const wrong of [
    { frameBytes: 0 },
    { frames: -1 },
    { encryptedDataKeys: 1.5 },
    { plaintextBytes: Number.NaN },
    { more: 1 },
  ]) {
    const error = await refusal(decrypt(raw, new Uint8Array(9), {}, { limits: wrong }));
    expect(error.code).toBe("INVALID_ARGUMENT");
  }
});
