import { decryptOaep } from "../../primitives.ts";
import { checksumOf } from "../checksums.ts";
import { GcpError, invalid } from "../errors.ts";
import { readName } from "../names.ts";
import { type MethodRow, ofKey, permission } from "./row.ts";
import { usableVersion } from "./usable-version.ts";

const decrypt: MethodRow = {
  permission: permission("cryptoKeyVersions.useToDecrypt"),
  on: ofKey,
  fields: ["name", "ciphertext", "ciphertextCrc32c"],
  source: "service.proto, AsymmetricDecrypt; kms-integrations, fakekms/contract/asymmetric_decrypt_test.go",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: async (call) => {
    const { key, version, material } = await usableVersion(call, ["ASYMMETRIC_DECRYPT"]);
    const { scheme } = version.is.row;
    if (scheme.kind !== "oaep" || material.kind !== "pair") {
      throw new GcpError("INTERNAL", "A decryption key has no material to decrypt with.");
    }
    const ciphertext = call.input.requiredBytes("ciphertext");
    const verifiedCiphertextCrc32c = call.input.verifies("ciphertextCrc32c", ciphertext);
    const plaintext = decryptOaep(scheme.hash, material.pair, ciphertext);
    if (plaintext === undefined) throw invalid("Decryption failed: the ciphertext is invalid.");
    return {
      plaintext,
      plaintextCrc32c: checksumOf(plaintext),
      verifiedCiphertextCrc32c,
      protectionLevel: key.is.level,
    };
  },
};

/** AsymmetricDecrypt. */
export const ASYMMETRIC_DECRYPTION_METHODS: Readonly<Record<string, MethodRow>> = { AsymmetricDecrypt: decrypt };
