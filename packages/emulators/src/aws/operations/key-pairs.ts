import { agree } from "../../primitives.ts";
import { ENUMERATIONS } from "../enumerations.ts";
import { AwsError } from "../errors.ts";
import { ALGORITHMS_MEMBER } from "../key-specs.ts";
import type { KmsKey } from "../kms-key.ts";
import { LIMITS } from "../limits.ts";
import { base64 } from "../protocol.ts";
import { checkAlgorithm } from "./checks.ts";
import { byReference, type OperationRow, USE_MEMBERS } from "./row.ts";

function publicKeyOf({ arn, is }: KmsKey): Uint8Array {
  if ("publicKey" in is.secret) return is.secret.publicKey;
  // Source: AWS KMS API Reference, GetPublicKey, UnsupportedOperationException.
  throw new AwsError("UnsupportedOperationException", `${arn} has key spec ${is.spec}, which has no public key.`);
}

const getPublicKey: OperationRow = {
  kind: "key",
  action: "kms:GetPublicKey",
  members: ["KeyId", "GrantTokens"],
  states: "enabled",
  source: "AWS KMS API Reference, GetPublicKey",
  prepare: (input) => ({
    locate: byReference(input),
    run: ({ key }) => ({
      KeyId: key.arn,
      PublicKey: base64(publicKeyOf(key)),
      CustomerMasterKeySpec: key.is.spec,
      KeySpec: key.is.spec,
      KeyUsage: key.is.usage,
      [ALGORITHMS_MEMBER[key.is.usage]]: key.algorithms,
    }),
  }),
};

const deriveSharedSecret: OperationRow = {
  kind: "key",
  action: "kms:DeriveSharedSecret",
  members: ["KeyId", "KeyAgreementAlgorithm", "PublicKey", ...USE_MEMBERS],
  states: "enabled",
  usage: "KEY_AGREEMENT",
  source: "AWS KMS API Reference, DeriveSharedSecret",
  prepare: (input) => {
    const locate = byReference(input);
    const algorithm = input.requiredChoice("KeyAgreementAlgorithm", ENUMERATIONS.KeyAgreementAlgorithm);
    const peer = input.requiredBytes("PublicKey", LIMITS.publicKeyBytes);
    return {
      locate,
      run: ({ key }) => {
        checkAlgorithm(key, algorithm);
        const { secret, spec } = key.is;
        if (secret.kind !== "ec") throw new TypeError("a key of usage KEY_AGREEMENT is on an elliptic curve");
        const shared = agree(secret.curve, secret.scalar, peer);
        // "Resulting in a ValidationException", of a public key that is not DER (DeriveSharedSecret, PublicKey).
        if (shared === undefined) {
          throw new AwsError("ValidationException", `The public key is not one for key spec ${spec}.`);
        }
        const answer = { KeyId: key.arn, SharedSecret: base64(shared), KeyAgreementAlgorithm: algorithm };
        return { ...answer, KeyOrigin: "AWS_KMS" };
      },
    };
  },
};

/** GetPublicKey and DeriveSharedSecret. */
export const KEY_PAIR_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  GetPublicKey: getPublicKey,
  DeriveSharedSecret: deriveSharedSecret,
};
