import { signDigest } from "../../ecdsa.ts";
import { digest, type HashName, signEd25519 } from "../../primitives.ts";
import { signRsa } from "../../rsa.ts";
import type { Scheme } from "../algorithms.ts";
import { checksumOf } from "../checksums.ts";
import { GcpError, invalid, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import type { KeyMaterial } from "../key-material.ts";
import { LIMITS, within } from "../limits.ts";
import { readName } from "../names.ts";
import { type MethodRow, ofKey, permission } from "./row.ts";
import { usableVersion } from "./usable-version.ts";

const DIGESTS = ["sha256", "sha384", "sha512", "externalMu"];

/** What is signed: the message, or its digest under one hash. */
interface Signed {
  readonly data: Uint8Array | undefined;
  readonly digest: { readonly hash: string; readonly bytes: Uint8Array } | undefined;
}

/**
 * Reads `data` or `digest`, exactly one of them. Source: service.proto, AsymmetricSignRequest; kms-integrations,
 * fakekms/contract/asymmetric_sign_test.go.
 */
function readSigned(input: Input): Signed {
  const data = input.has("data") ? input.bytes("data") : undefined;
  const inner = input.inner("digest", DIGESTS);
  const hash = DIGESTS.find((name) => inner?.has(name));
  if ((data === undefined) === (hash === undefined)) throw invalid("Exactly one of digest and data is set.");
  if (data !== undefined && !within(data.length, LIMITS.signedDataBytes)) {
    // The limit is not documented: provider facts §2.3 has it from memory.
    throw notImplemented("data of more than 65536 bytes");
  }
  return { data, digest: hash === undefined || inner === undefined ? undefined : { hash, bytes: inner.bytes(hash) } };
}

// A digest goes with the algorithm's hash, in the field of that hash, at its length (asymmetric_sign_test.go).
function digestFor(hash: HashName, signed: Signed): Uint8Array {
  if (signed.data !== undefined) return digest(hash, signed.data);
  const length = digest(hash, new Uint8Array()).length;
  if (signed.digest?.hash !== hash || signed.digest.bytes.length !== length) {
    throw invalid(`The digest for this key version is ${length} bytes in field digest.${hash}.`);
  }
  return signed.digest.bytes;
}

function signWith(scheme: Scheme, material: KeyMaterial, signed: Signed): Uint8Array {
  if (scheme.kind === "ec" && material.kind === "ec") {
    return signDigest(scheme.curve, material.scalar, digestFor(scheme.hash, signed));
  }
  if (scheme.kind === "rsa" && material.kind === "pair") {
    const { padding, hash, bits } = scheme;
    return signRsa(material.pair, bits, { scheme: padding, hash }, digestFor(hash, signed));
  }
  if (scheme.kind === "ed25519" && material.kind === "pair") {
    // "EdDSA on the Curve25519 in pure mode (taking data as input)" (resources.proto).
    if (signed.data === undefined) throw invalid("This key version signs data, not a digest.");
    return signEd25519(material.pair, signed.data);
  }
  throw new GcpError("INTERNAL", "A signing key has no material to sign with.");
}

const sign: MethodRow = {
  permission: permission("cryptoKeyVersions.useToSign"),
  on: ofKey,
  fields: ["name", "digest", "digestCrc32c", "data", "dataCrc32c"],
  source: "service.proto, AsymmetricSign; kms-integrations, fakekms/contract/asymmetric_sign_test.go",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: async (call) => {
    const { key, version, material } = await usableVersion(call, ["ASYMMETRIC_SIGN"]);
    const signed = readSigned(call.input);
    const none = new Uint8Array();
    const verified = {
      verifiedDigestCrc32c: call.input.verifies("digestCrc32c", signed.digest?.bytes ?? none),
      verifiedDataCrc32c: call.input.verifies("dataCrc32c", signed.data ?? none),
    };
    const signature = signWith(version.is.row.scheme, material, signed);
    return {
      signature,
      signatureCrc32c: checksumOf(signature),
      ...verified,
      name: version.is.name,
      protectionLevel: key.is.level,
    };
  },
};

/** AsymmetricSign. There is no method that verifies (provider facts §1.4). */
export const SIGNING_METHODS: Readonly<Record<string, MethodRow>> = { AsymmetricSign: sign };
