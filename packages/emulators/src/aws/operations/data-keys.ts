import { randomBytes } from "../../primitives.ts";
import { AwsError } from "../errors.ts";
import { ENUMERATIONS } from "../key-specs.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { byReference, type OperationRow } from "./row.ts";

const generateDataKey: OperationRow = {
  kind: "key",
  action: "kms:GenerateDataKey",
  members: ["KeyId", "EncryptionContext", "NumberOfBytes", "KeySpec"],
  states: "enabled",
  usage: "ENCRYPT_DECRYPT",
  source: "AWS KMS API Reference, GenerateDataKey",
  prepare: (input) => {
    const locate = byReference(input);
    const context = input.textMap("EncryptionContext");
    const length = input.integer("NumberOfBytes", LIMITS.dataKeyBytes);
    const spec = input.choice("KeySpec", ENUMERATIONS.DataKeySpec);
    if ((length === undefined) === (spec === undefined)) {
      throw new AwsError("ValidationException", "Please specify either number of bytes or key spec.");
    }
    return {
      locate,
      run: ({ key, account }) => {
        const plaintext = randomBytes(length ?? (spec === "AES_128" ? 16 : 32));
        return {
          CiphertextBlob: base64(account.ciphertexts.seal(key, plaintext, context)),
          Plaintext: base64(plaintext),
          KeyId: key.arn,
          KeyMaterialId: key.materials.current.id,
        };
      },
    };
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

/** GenerateDataKey and GenerateRandom. */
export const DATA_KEY_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  GenerateDataKey: generateDataKey,
  GenerateRandom: generateRandom,
};
