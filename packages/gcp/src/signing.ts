import { KmsError, type SignInput, type VersionReference } from "@kms/core/driver";
import { requirePurpose, signsMessages } from "./algorithms.ts";
import { confirmed, type Checksums } from "./checksums.ts";
import type { Connection } from "./client.ts";
import { versionNameOf } from "./key-id.ts";
import { namedBy, type DriverPart } from "./records.ts";

/**
 * Signing a digest, or for Ed25519 the message, under the version's name. ECDSA signatures are DER; PSS salts are as long as
 * the digest. Google verifies nothing: that is done against the pinned public key.
 */
export const signing = (connection: Connection): DriverPart<"sign"> => ({
  sign: async (key, input, call) => {
    requirePurpose(key, "ASYMMETRIC_SIGN");
    refuseOther(key, input);
    return connection.send(async ({ client, options, checksums }) => {
      const request = { name: versionNameOf(key.id, key.version), ...signed(input, checksums) };
      const [answer] = await client.asymmetricSign(request, options);
      const { verifiedDataCrc32c, verifiedDigestCrc32c } = answer;
      confirmed(input.kind === "message" ? { verifiedDataCrc32c } : { verifiedDigestCrc32c });
      return {
        bytes: checksums.verified(answer.signature, answer.signatureCrc32c, "signature"),
        ...namedBy(answer.name),
      };
    }, call);
  },
});

const fields = { "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" } as const;

const signed = (input: SignInput, checksums: Checksums): object =>
  input.kind === "digest"
    ? { digest: { [fields[input.hash]]: input.bytes }, digestCrc32c: checksums.of(input.bytes) }
    : { data: input.bytes, dataCrc32c: checksums.of(input.bytes) };

function refuseOther({ algorithm }: VersionReference, { kind }: SignInput): void {
  const wanted = signsMessages(algorithm) ? "message" : "digest";
  if (kind === wanted) return;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `This driver signs with ${algorithm} what its row asks for (signInput: "${wanted}"); it was given ${kind}.`,
  );
}
