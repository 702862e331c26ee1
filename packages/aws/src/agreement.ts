import { agreementAlgorithm } from "./algorithms.ts";
import { ownBytes, type Connection } from "./client.ts";
import type { DriverPart } from "./records.ts";

/**
 * ECDH at AWS: the raw x-coordinate, which the guard derives from and overwrites (`crypto-rules` 10). It is not in
 * CloudTrail. The peer's public key was checked to lie on the key's curve before.
 */
export const agreement = (connection: Connection): DriverPart<"deriveSharedSecret"> => ({
  deriveSharedSecret: async (key, peerSpki, call) => {
    const input = { KeyId: key.id, KeyAgreementAlgorithm: agreementAlgorithm(key), PublicKey: peerSpki };
    const answer = await connection.send((sdk) => new sdk.DeriveSharedSecretCommand(input), call);
    return { bytes: ownBytes(answer.SharedSecret, "SharedSecret"), id: answer.KeyId, version: undefined };
  },
});
