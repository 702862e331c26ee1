import { describe, expect, test } from "vitest";
import { decrypt, decryptChunks, type DecryptOptions } from "../src/index.ts";
import { committed, context, dataKey, forge, type Forgery } from "./forge.ts";
import { controls, forgeries } from "./forgeries.ts";
import { knownDataKey, refusal, text } from "./setup.ts";

const recipient = knownDataKey(dataKey);
const allowAll: DecryptOptions = {
  commitmentPolicy: "require-encrypt-allow-decrypt",
  limits: { frameBytes: 2 ** 36 - 32 }, // so that no declared length is refused for its size alone
};
const framesAsMade = /^(?:12345678)*(?:end)?$|^unframed$/;

function* pieces(message: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < message.length; at += size) yield message.subarray(at, at + size);
}

/** Streams a message in pieces; what came out is kept also where it fails. */
async function stream(message: Uint8Array, size: number, found: Uint8Array[]): Promise<void> {
  for await (const chunk of decryptChunks(recipient, pieces(message, size), {}, allowAll)) found.push(chunk);
}

describe("a message made with the key in hand opens with", () => {
  test.each(Object.entries(controls))("%s", async (_title, forgery) => {
    const message = forge(forgery);
    const opened = await decrypt(recipient, message, {}, allowAll);
    for (const size of [1, 7, message.length]) {
      const found: Uint8Array[] = [];
      await stream(message, size, found);
      expect(Buffer.concat(found).equals(opened.plaintext)).toBe(true);
    }
  });
});

test("a name __proto__ in a message is proven and answered as any other, stored or given with others", async () => {
  const message = forge({ context: context(["__proto__", "1"], ["a", "é"]) });
  for (const given of [{}, { a: "é" }]) {
    const { associatedData } = await decrypt(recipient, message, given);
    expect(Object.entries(associatedData)).toEqual([
      ["__proto__", "1"],
      ["a", "é"],
    ]);
  }
  const more = forge({ context: context(["__proto__", "1"]), unstored: context(["b", "2"]) });
  const { associatedData, unstored } = await decrypt(recipient, more, { b: "2" });
  expect([Object.entries(associatedData), unstored]).toEqual([Object.entries({ ["__proto__"]: "1", b: "2" }), ["b"]]);
});

test("a data key of another length than the suite's opens nothing, also where everything was made with it", async () => {
  const short = new Uint8Array(16).fill(7);
  const message = forge(committed(Buffer.alloc(32, 9), 0x0478, { dataKey: short }));
  expect((await refusal(decrypt(knownDataKey(short), message))).code).toBe("DECRYPTION_FAILED");
  const alike = forge(committed(Buffer.alloc(32, 9), 0x0478, { dataKey }));
  expect(text((await decrypt(recipient, alike)).plaintext)).toBe("1234567812345678end");
});

test("an entry that was given never stands for another value that the message stores, also where the wrap binds none", async () => {
  const message = forge({ context: context(["tenant", "42"]) });
  expect((await decrypt(recipient, message, { tenant: "42" })).unstored).toEqual([]);
  expect((await refusal(decrypt(recipient, message, { tenant: "43" }))).code).toBe("DECRYPTION_FAILED");
});

test("the public key of a signed suite, given for a message in an unsigned one, is refused though the tag covers it", async () => {
  const [name, value] = ["aws-crypto-public-key", "AtZ="];
  const message = forge({ unstored: context([name, value]) });
  expect((await refusal(decrypt(recipient, message, { [name]: value }))).code).toBe("DECRYPTION_FAILED");
});

test("there are at least 60 forgeries", () => {
  expect(Object.values(forgeries).flatMap((group) => Object.keys(group)).length).toBeGreaterThanOrEqual(60);
});

for (const [where, group] of Object.entries(forgeries)) {
  describe(`decrypt refuses ${where}`, () => {
    test.each(Object.entries<Forgery>(group))("%s", async (_title, forgery) => {
      const message = forge(forgery);
      expect((await refusal(decrypt(recipient, message, {}, allowAll))).code).toBe("DECRYPTION_FAILED");
      for (const size of [1, 7, message.length]) {
        const found: Uint8Array[] = [];
        expect((await refusal(stream(message, size, found))).code).toBe("DECRYPTION_FAILED");
        // Frames before the defect are proven; nothing else comes out, and of a signed message no end before its signature.
        const answered = text(Buffer.concat(found));
        expect(answered).toMatch(framesAsMade);
        if (forgery.suite === 0x0578 && forgery.trailing === undefined) expect(answered).not.toContain("end");
      }
    });
  });
}
