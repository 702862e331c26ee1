import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { describeMessage, fieldCipher, rawAesRecipient } from "../src/index.ts";
import { bytes, refusal, text } from "./setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const iban = fieldCipher(recipient, { table: "customers", column: "iban" });

describe("fieldCipher", () => {
  test("gives a field back in its own row and column alone", async () => {
    const stored = await iban.encrypt("42", bytes("BE68 5390 0754 7034"));
    expect(text(await iban.decrypt("42", stored))).toBe("BE68 5390 0754 7034");
    const elsewhere = [
      iban.decrypt("43", stored),
      fieldCipher(recipient, { table: "customers", column: "bic" }).decrypt("42", stored),
      fieldCipher(recipient, { table: "suppliers", column: "iban" }).decrypt("42", stored),
    ];
    for (const attempt of elsewhere) expect((await refusal(attempt)).code).toBe("DECRYPTION_FAILED");
  });

  test("stores neither table, row nor column, and 138 bytes beside value and data key", async () => {
    const stored = await iban.encrypt("42", bytes("12345"));
    const { claimedAssociatedData, claimedRecipients } = describeMessage(stored);
    expect(Object.keys(claimedAssociatedData)).toEqual([]);
    const wrapped = claimedRecipients.reduce(
      (sum, { providerId, providerInfo, ciphertext }) =>
        sum + providerId.length + providerInfo.length + ciphertext.length,
      0,
    );
    expect(stored.length).toBe(5 + 138 + wrapped);
    expect(wrapped).toBe("space".length + "key".length + 68);
  });

  test("encrypts one value differently each time", async () => {
    expect(await iban.encrypt("42", bytes("a"))).not.toEqual(await iban.encrypt("42", bytes("a")));
  });

  test("refuses options that would change what it is", async () => {
    const wrong = { suite: 0x0578 } as never;
    expect((await refusal(iban.encrypt("42", bytes("a"), wrong))).code).toBe("INVALID_ARGUMENT");
  });

  test("refuses names that are none", async () => {
    expect((await refusal(iban.encrypt("", bytes("a")))).code).toBe("INVALID_ARGUMENT");
    expect((await refusal(iban.encrypt(42 as never, bytes("a")))).code).toBe("INVALID_ARGUMENT");
    expect(() => fieldCipher(recipient, { table: "", column: "iban" })).toThrow("table");
  });
});
