import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decrypt, decryptChunks, encrypt, rawAesRecipient, type EncryptOptions } from "../src/index.ts";
import { bytes, flipped, refusal, text } from "./setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const plaintext = "0123456789abcdefghij";
const make = (options: EncryptOptions): Promise<Uint8Array> =>
  encrypt(recipient, bytes(plaintext), { tenant: "42" }, { frameBytes: 8, ...options });

/** What of a message comes out of a stream, and what ends it. */
async function streamed(message: Uint8Array, size: number): Promise<{ readonly out: string; readonly code: string }> {
  const found: Uint8Array[] = [];
  const source = Array.from({ length: Math.ceil(message.length / size) }, (_, index) =>
    message.subarray(index * size, (index + 1) * size),
  );
  const run = async (): Promise<void> => {
    for await (const chunk of decryptChunks(recipient, source)) found.push(chunk);
  };
  const { code } = await refusal(run());
  return { out: text(Buffer.concat(found)), code };
}

describe.each([0x0478, 0x0578] as const)("a message in suite %d", (suite) => {
  test("is refused with any one bit changed, and no frame comes out that was", async () => {
    const message = await make({ suite });
    for (let at = 0; at < message.length; at += 1) {
      for (const mask of [0x01, 0x80]) {
        const changed = flipped(message, at, mask);
        const { code } = await refusal(decrypt(recipient, changed));
        expect(["DECRYPTION_FAILED", "TOO_LARGE", "POLICY_VIOLATION", "INVALID_ARGUMENT"]).toContain(code);
        const { out } = await streamed(changed, 16);
        expect(plaintext.startsWith(out) && out.length % 8 === 0).toBe(true);
      }
    }
  });

  test("tells nothing of where a bit was changed behind the header", async () => {
    const message = await make({ suite });
    const start = Buffer.from(message).indexOf(Buffer.from([0, 0, 0, 8]), 60) + 4; // frame length, then the commitment
    const codes = new Set<string>();
    for (let at = start; at < message.length; at += 1) {
      const { code, message: words, cause } = await refusal(decrypt(recipient, flipped(message, at)));
      codes.add(`${code} ${words} ${String(cause)}`);
    }
    expect(codes.size).toBe(1);
  });

  test("is refused when it ends anywhere early", async () => {
    const message = await make({ suite });
    for (let length = 0; length < message.length; length += 1) {
      const cut = message.subarray(0, length);
      expect((await refusal(decrypt(recipient, cut))).code).toBe("DECRYPTION_FAILED");
      const { out, code } = await streamed(cut, 50);
      expect(code).toBe("DECRYPTION_FAILED");
      expect(out).not.toContain("ghij");
    }
  });

  test("is refused under any other associated data", async () => {
    const message = await make({ suite });
    for (const wrong of [{ tenant: "43" }, { tenant: "42", more: "" }, { Tenant: "42" }]) {
      expect((await refusal(decrypt(recipient, message, wrong))).code).toBe("DECRYPTION_FAILED");
    }
    expect(text((await decrypt(recipient, message, { tenant: "42" })).plaintext)).toBe(plaintext);
  });
});
