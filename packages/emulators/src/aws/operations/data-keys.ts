import { randomBytes } from "../../primitives.ts";
import { ENUMERATIONS } from "../enumerations.ts";
import { AwsError } from "../errors.ts";
import type { Input, JsonObject } from "../input.ts";
import type { KmsKey } from "../kms-key.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { checkAlgorithm } from "./checks.ts";
import { type Account, byReference, type OperationRow, USE_MEMBERS } from "./row.ts";

interface DataKeyCall {
  readonly length: number;
  readonly context: ReadonlyMap<string, string>;
}

function readCall(input: Input): DataKeyCall {
  const context = input.textMap("EncryptionContext");
  const length = input.integer("NumberOfBytes", LIMITS.dataKeyBytes);
  const spec = input.choice("KeySpec", ENUMERATIONS.DataKeySpec);
  if ((length === undefined) === (spec === undefined)) {
    throw new AwsError("ValidationException", "Please specify either number of bytes or key spec.");
  }
  return { context, length: length ?? (spec === "AES_128" ? 16 : 32) };
}

function makeDataKey(
  { key, account }: { readonly key: KmsKey; readonly account: Account },
  { length, context }: DataKeyCall,
): { readonly plaintext: Uint8Array; readonly answer: JsonObject } {
  checkAlgorithm(key, "SYMMETRIC_DEFAULT"); // "You cannot use an asymmetric KMS key" (GenerateDataKey, KeyId)
  const plaintext = randomBytes(length);
  const answer = {
    CiphertextBlob: base64(account.ciphertexts.seal(key, plaintext, context)),
    KeyId: key.arn,
    KeyMaterialId: key.materials.current.id,
  };
  return { plaintext, answer };
}

const MEMBERS = ["KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec", ...USE_MEMBERS];

const generateDataKey: OperationRow = {
  kind: "key",
  action: "kms:GenerateDataKey",
  members: MEMBERS,
  states: "enabled",
  usage: "ENCRYPT_DECRYPT",
  source: "AWS KMS API Reference, GenerateDataKey",
  prepare: (input) => {
    const locate = byReference(input);
    const dataKey = readCall(input);
    return {
      locate,
      run: (call) => {
        const { plaintext, answer } = makeDataKey(call, dataKey);
        return { ...answer, Plaintext: base64(plaintext) };
      },
    };
  },
};

const generateDataKeyWithoutPlaintext: OperationRow = {
  kind: "key",
  action: "kms:GenerateDataKeyWithoutPlaintext",
  members: MEMBERS,
  states: "enabled",
  usage: "ENCRYPT_DECRYPT",
  source: "AWS KMS API Reference, GenerateDataKeyWithoutPlaintext",
  prepare: (input) => {
    const locate = byReference(input);
    const dataKey = readCall(input);
    return { locate, run: (call) => makeDataKey(call, dataKey).answer };
  },
};

const generateRandom: OperationRow = {
  kind: "account",
  action: "kms:GenerateRandom",
  members: ["NumberOfBytes"],
  source: "AWS KMS API Reference, GenerateRandom",
  prepare: (input) => {
    const length = input.integer("NumberOfBytes", LIMITS.randomBytes);
    // "There is no default value for string length."
    if (length === undefined) throw new AwsError("ValidationException", "NumberOfBytes is required.");
    return () => ({ Plaintext: base64(randomBytes(length)) });
  },
};

/** GenerateDataKey, with and without plaintext, and GenerateRandom. */
export const DATA_KEY_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  GenerateDataKey: generateDataKey,
  GenerateDataKeyWithoutPlaintext: generateDataKeyWithoutPlaintext,
  GenerateRandom: generateRandom,
};
