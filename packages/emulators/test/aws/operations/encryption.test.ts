import {
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { bytes, createKey, encrypt, KINDS, nameOf, present, start, unknownValue } from "../setup.ts";

const context = { tenant: "42", purpose: "orders" };

describe("Encrypt and Decrypt", () => {
  it("open what was sealed and name key and material", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    const sealed = await client.send(
      new EncryptCommand({ KeyId: id, Plaintext: bytes("text"), EncryptionContext: context }),
    );
    expect(sealed).toMatchObject({ KeyId: arn, EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
    expect(sealed).not.toHaveProperty("KeyMaterialId");
    const opened = await client.send(
      new DecryptCommand({ CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: context }),
    );
    expect(opened).toMatchObject({ KeyId: arn, Plaintext: bytes("text"), EncryptionAlgorithm: "SYMMETRIC_DEFAULT" });
    expect(opened.KeyMaterialId).toMatch(/^[0-9a-f]{64}$/);
  });

  it("never seal twice to the same bytes, and never show the plaintext", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const [one, two] = [await encrypt(client, id, "plain text"), await encrypt(client, id, "plain text")];
    expect(one).not.toEqual(two);
    expect(Buffer.from(one).includes("plain text")).toBe(false);
  });

  it("take plaintexts of 1 and of 4096 bytes and refuse 0 and 4097", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    for (const [length, expected] of [
      [0, "ValidationException"],
      [1, "none"],
      [4096, "none"],
      [4097, "ValidationException"],
    ] as const) {
      expect(await nameOf(encrypt(client, id, "x".repeat(length)))).toBe(expected);
    }
    const longest = await encrypt(client, id, "x".repeat(4096));
    expect(longest.length).toBeLessThanOrEqual(6144);
    expect((await client.send(new DecryptCommand({ CiphertextBlob: longest }))).Plaintext).toHaveLength(4096);
  });

  it("refuse a blob with any one bit of any byte changed, shortened or extended", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const blob = await encrypt(client, id, "text", context);
    const decrypt = (CiphertextBlob: Uint8Array, KeyId?: string): Promise<string> =>
      nameOf(client.send(new DecryptCommand({ CiphertextBlob, KeyId, EncryptionContext: context })));
    expect(await decrypt(blob)).toBe("none");
    for (let at = 0; at < blob.length; at += 1) {
      const changed = Uint8Array.from(blob, (byte, index) => (index === at ? byte ^ (1 << (at % 8)) : byte));
      expect(await decrypt(changed)).toBe("InvalidCiphertextException");
      expect(await decrypt(changed, id)).toBe("InvalidCiphertextException");
    }
    for (const changed of [
      blob.subarray(0, -1),
      blob.subarray(1),
      Buffer.concat([blob, Buffer.from([0])]),
      bytes("x"),
    ]) {
      expect(await decrypt(changed)).toBe("InvalidCiphertextException");
    }
  });

  it("refuse every other encryption context and take the same one in another order", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const blob = await encrypt(client, id, "text", context);
    const decrypt = (EncryptionContext: Record<string, string> | undefined): Promise<string> =>
      nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext })));
    expect(await decrypt({ purpose: "orders", tenant: "42" })).toBe("none");
    const others = [
      undefined,
      {},
      { tenant: "42" },
      { ...context, more: "" },
      { ...context, tenant: "43" },
      { Tenant: "42", purpose: "orders" },
      { tenant: "orders", purpose: "42" },
      { tenan: "t42", purpose: "orders" },
    ];
    for (const other of others) expect(await decrypt(other)).toBe("InvalidCiphertextException");
  });

  it("hold an empty context and an absent one for the same", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const blob = await encrypt(client, id, "text", {});
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob })))).toBe("none");
  });

  it("keep context keys that JavaScript knows apart", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const odd = Object.fromEntries([
      ["constructor", "1"],
      ["toString", "2"],
      ["é", "3"],
      ["e\u0301", "4"],
      ["\u{10000}", "5"],
      ["\uFFFD", "6"],
    ]);
    const blob = await encrypt(client, id, "text", odd);
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: odd })))).toBe(
      "none",
    );
    const { constructor: _, ...fewer } = odd;
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: fewer })))).toBe(
      "InvalidCiphertextException",
    );
  });

  it("refuse a genuine blob under another key with IncorrectKeyException", async () => {
    const { client } = await start();
    const [one, two] = [await createKey(client), await createKey(client)];
    const blob = await encrypt(client, one.id, "text");
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob, KeyId: two.arn })))).toBe(
      "IncorrectKeyException",
    );
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob, KeyId: one.arn })))).toBe("none");
  });

  it("refuse a blob of another emulator", async () => {
    const [one, two] = [await start(), await start()];
    const { id } = await createKey(one.client);
    const blob = await encrypt(one.client, id, "text");
    expect(await nameOf(two.client.send(new DecryptCommand({ CiphertextBlob: blob })))).toBe(
      "InvalidCiphertextException",
    );
  });

  it.each([
    ["a MAC key", KINDS.mac],
    ["a signing key", KINDS.signing],
  ])("refuse %s with InvalidKeyUsageException", async (_, kind) => {
    const { client } = await start();
    const { id } = await createKey(client, kind);
    expect(await nameOf(encrypt(client, id, "text"))).toBe("InvalidKeyUsageException");
    expect(await nameOf(client.send(new GenerateDataKeyCommand({ KeyId: id, KeySpec: "AES_256" })))).toBe(
      "InvalidKeyUsageException",
    );
  });

  it("refuse an algorithm that the key does not have, and one that nothing has", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const withAlgorithm = (EncryptionAlgorithm: DecryptCommandInput["EncryptionAlgorithm"]): Promise<string> =>
      nameOf(client.send(new EncryptCommand({ KeyId: id, Plaintext: bytes("text"), EncryptionAlgorithm })));
    expect(await withAlgorithm("RSAES_OAEP_SHA_256")).toBe("InvalidKeyUsageException");
    expect(await withAlgorithm(unknownValue("ROT13"))).toBe("ValidationException");
  });

  it("refuse grant tokens as not implemented, and take an empty list of them", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const call = (GrantTokens: string[]): Promise<string> =>
      nameOf(client.send(new EncryptCommand({ KeyId: id, Plaintext: bytes("text"), GrantTokens })));
    expect(await call(["token"])).toBe("NotImplementedException");
    expect(await call([])).toBe("none");
  });

  it("answer a dry run with DryRunOperationException where the call would succeed, and with its error where not", async () => {
    const { emulator, client } = await start();
    const { id } = await createKey(client);
    const blob = await encrypt(client, id, "text");
    const dryRun = (CiphertextBlob: Uint8Array): Promise<string> =>
      nameOf(client.send(new DecryptCommand({ CiphertextBlob, DryRun: true })));
    expect(await dryRun(blob)).toBe("DryRunOperationException");
    expect(await dryRun(blob.subarray(1))).toBe("InvalidCiphertextException");
    emulator.permissions.deny("kms:Decrypt");
    expect(await dryRun(blob)).toBe("AccessDeniedException");
  });
});

describe("GenerateDataKey", () => {
  it("answers a key of the length asked for, and the same key sealed", async () => {
    const { client } = await start();
    const { id, arn } = await createKey(client);
    for (const [input, length] of [
      [{ KeySpec: "AES_128" }, 16],
      [{ KeySpec: "AES_256" }, 32],
      [{ NumberOfBytes: 1 }, 1],
      [{ NumberOfBytes: 1024 }, 1024],
    ] as const) {
      const answer = await client.send(new GenerateDataKeyCommand({ KeyId: id, EncryptionContext: context, ...input }));
      expect(answer).toMatchObject({ KeyId: arn });
      expect(answer.Plaintext).toHaveLength(length);
      const opened = await client.send(
        new DecryptCommand({ CiphertextBlob: answer.CiphertextBlob, EncryptionContext: context }),
      );
      expect(opened.Plaintext).toEqual(answer.Plaintext);
      expect(opened.KeyMaterialId).toBe(present(answer.KeyMaterialId));
    }
  });

  it("refuses lengths outside 1 to 1024, neither length nor spec, and both", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    for (const input of [
      { NumberOfBytes: 0 },
      { NumberOfBytes: 1025 },
      {},
      { NumberOfBytes: 32, KeySpec: "AES_256" },
    ] as const) {
      expect(await nameOf(client.send(new GenerateDataKeyCommand({ KeyId: id, ...input })))).toBe(
        "ValidationException",
      );
    }
  });
});

describe("GenerateRandom", () => {
  it("answers 1 to 1024 bytes, no two alike", async () => {
    const { client } = await start();
    for (const NumberOfBytes of [1, 32, 1024]) {
      const { Plaintext: random } = await client.send(new GenerateRandomCommand({ NumberOfBytes }));
      expect(random).toHaveLength(NumberOfBytes);
    }
    const one = await client.send(new GenerateRandomCommand({ NumberOfBytes: 32 }));
    const two = await client.send(new GenerateRandomCommand({ NumberOfBytes: 32 }));
    expect(one.Plaintext).not.toEqual(two.Plaintext);
  });

  it("refuses 0, 1025 and no number with ValidationException", async () => {
    const { client } = await start();
    for (const NumberOfBytes of [0, 1025, undefined]) {
      expect(await nameOf(client.send(new GenerateRandomCommand({ NumberOfBytes })))).toBe("ValidationException");
    }
  });
});
