import { equalBytes, kindOf, readBytes, utf8 } from "../encoding/bytes.ts";
import { pemToSpki } from "../encoding/pem.ts";
import { ed25519Sign, ed25519Verify, publicKeyOf, readEd25519PrivateKey } from "../algorithms/primitives.ts";
import {
  localSealer,
  refused,
  type KeyringEntry,
  type LocalSealer,
  type SealerOptions,
  type SealKeyTerms,
} from "./keyring.ts";

/** An Ed25519 pair that seals tokens and nothing else; its public half alone opens them. */
export interface Ed25519SealKey extends SealKeyTerms {
  /** SPKI: DER, or PEM text. */
  readonly publicKey: Uint8Array | string;
  /** PKCS #8: DER, or PEM text, not encrypted. Without it this sealer opens tokens under the key and seals none. */
  readonly privateKey?: Uint8Array | string | undefined;
}

/**
 * A sealer by Ed25519 (JOSE `EdDSA`, RFC 8037): readers who hold public keys verify tokens and cannot make any. The kind
 * of token stands in the signed header. The first key that may and can seals, each opens.
 * `INVALID_ARGUMENT` for no keys, malformed terms, a public key that is malformed or of small order, and a private key
 * that is malformed or of another pair. Sealing: `TOO_LARGE` above 64 KiB of claims, `INVALID_ARGUMENT` when no key may
 * or can seal. Opening: `TAMPERED`.
 */
export const ed25519Sealer = (options: SealerOptions<Ed25519SealKey>): LocalSealer => localSealer(options, entryOf);

const entryOf = ({ publicKey, privateKey, ...terms }: Ed25519SealKey): KeyringEntry => {
  const spki = typeof publicKey === "string" ? pemToSpki(publicKey) : readBytes(publicKey, "public sealing key");
  const verifying = publicKeyOf(spki, "Ed25519");
  const pair = privateKey === undefined ? undefined : privateHalf(privateKey, spki);
  return {
    alg: "EdDSA",
    terms,
    sign: pair === undefined ? undefined : (_type, signingInput) => ed25519Sign(pair, utf8(signingInput)),
    verify: (_type, signingInput, signature) => ed25519Verify(verifying, utf8(signingInput), signature),
  };
};

const privateHalf = (given: Uint8Array | string, spki: Uint8Array): Parameters<typeof ed25519Sign>[0] => {
  if (typeof given !== "string" && !(given instanceof Uint8Array)) {
    throw refused(`a private key that is ${kindOf(given)}`);
  }
  const pair = readEd25519PrivateKey(typeof given === "string" ? given : readBytes(given, "private sealing key"));
  if (pair === undefined) throw refused("a private key that is no Ed25519 key in PKCS #8");
  if (!equalBytes(pair.spki, spki)) throw refused("a private key that does not belong to the public one");
  return pair.key;
};
