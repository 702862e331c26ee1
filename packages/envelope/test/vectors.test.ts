import { describe, expect, test } from "vitest";
import { anyOf, decrypt, rawAesRecipient, rawRsaRecipient, type Recipient, type RsaPadding } from "../src/index.ts";
import { knownDataKey, refusal } from "./setup.ts";
import { readVectorFile, titled, unzip, vectorsMissing } from "./vectors.ts";

interface MasterKey {
  readonly type: string;
  readonly key: string;
  readonly "provider-id": string;
  readonly "encryption-algorithm": string;
  readonly "padding-algorithm"?: string;
  readonly "padding-hash"?: string;
}
interface DecryptVector {
  readonly ciphertext: string;
  readonly "master-keys": readonly MasterKey[];
  readonly cmm: string;
  readonly "encryption-context": Readonly<Record<string, string>>;
  readonly result: { readonly output: { readonly plaintext: string } };
}
interface KeyVector {
  readonly type: string;
  readonly "key-id": string;
  readonly material: string;
}

const allowAll = { commitmentPolicy: "require-encrypt-allow-decrypt" } as const;

describe.skipIf(vectorsMissing !== undefined)(titled("decrypt vectors of the AWS Encryption SDK"), () => {
  const archive = vectorsMissing === undefined ? unzip(readVectorFile("awses", "v4-Net-4.0.1.zip")) : new Map();
  const parsed = <T>(name: string): T => JSON.parse(String(archive.get(name) ?? "{}")) as T;
  const { tests = {} } = parsed<{ tests?: Readonly<Record<string, DecryptVector>> }>("manifest.json");
  const { keys = {} } = parsed<{ keys?: Readonly<Record<string, KeyVector>> }>("keys.json");
  const file = (uri: string): Buffer =>
    (archive.get(uri.replace("file://", "")) as Buffer | undefined) ?? Buffer.alloc(0);

  const recipientOf = (master: MasterKey): Recipient => {
    const { "key-id": name = "", material = "", type = "" } = keys[master.key] ?? {};
    if (master["encryption-algorithm"] === "aes") {
      return rawAesRecipient(master["provider-id"], name, Buffer.from(material, "base64"));
    }
    const padding = `oaep-${master["padding-hash"] ?? ""}` as RsaPadding;
    const half = type === "private" ? { privateKey: material } : { publicKey: material };
    return rawRsaRecipient(master["provider-id"], name, { ...half, padding });
  };

  const raw = Object.entries(tests).filter(([, vector]) => vector["master-keys"].every(({ type }) => type === "raw"));

  test("99 of the archive need raw keys alone", () => {
    expect(raw).toHaveLength(99);
  });

  test.each(raw)("%s opens", async (_name, vector) => {
    const recipient = anyOf(vector["master-keys"].map(recipientOf));
    const entries = vector["encryption-context"];
    const message = file(vector.ciphertext);
    const expected = file(vector.result.output.plaintext);
    expect(expected.length).toBeGreaterThan(0);
    const opened = await decrypt(recipient, message, entries, allowAll);
    expect(Buffer.from(opened.plaintext).equals(expected)).toBe(true);
    expect({ ...opened.associatedData }).toEqual(entries);
    if (vector.cmm === "RequiredEncryptionContext") {
      expect(await refusal(decrypt(recipient, message, {}, allowAll))).toMatchObject({ code: "DECRYPTION_FAILED" });
    }
  });
});

interface CommitmentVector {
  readonly comment: string;
  readonly ciphertext: string;
  readonly "decrypted-dek": string;
  readonly status: boolean;
  readonly "plaintext-frames"?: readonly string[];
}

describe.skipIf(vectorsMissing !== undefined)(titled("commitment vectors of the AWS Encryption SDK"), () => {
  const { tests } =
    vectorsMissing === undefined
      ? (JSON.parse(String(readVectorFile("awses", "commitment-test-vectors.json"))) as { tests: CommitmentVector[] })
      : { tests: [] };
  const recipientOf = (vector: CommitmentVector): Recipient =>
    knownDataKey(Buffer.from(vector["decrypted-dek"], "base64"));

  test("41 are to open, 5 to be refused", () => {
    expect(tests.filter(({ status }) => status)).toHaveLength(41);
    expect(tests).toHaveLength(46);
  });

  test.each(tests.filter(({ status }) => status))("$comment opens", async (vector) => {
    const { plaintext } = await decrypt(recipientOf(vector), Buffer.from(vector.ciphertext, "base64"));
    expect(Buffer.from(plaintext).toString()).toBe((vector["plaintext-frames"] ?? []).join(""));
  });

  test.each(tests.filter(({ status }) => !status))("$comment is refused", async (vector) => {
    const refused = refusal(decrypt(recipientOf(vector), Buffer.from(vector.ciphertext, "base64")));
    const { code, cause } = await refused;
    expect([code, cause]).toEqual(["DECRYPTION_FAILED", undefined]);
  });
});
