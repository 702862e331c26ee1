import { publicKeyOf, verifyLocally } from "../algorithms/primitives.ts";
import { algorithmRow, type AlgorithmRow } from "../algorithms/registry.ts";
import type { CallOptions, KeyHandle } from "../contract/key.ts";
import type { Sealer } from "../contract/options.ts";
import type { Signature } from "../contract/results.ts";
import type { Bytes } from "../contract/words.ts";
import { readBytes, utf8 } from "../encoding/bytes.ts";
import { derToP1363, p1363ToDer } from "../encoding/der.ts";
import { pemToSpki } from "../encoding/pem.ts";
import { KmsError } from "../errors.ts";
import { joinToken } from "./token.ts";
import { keyring, refused, type KeyringEntry, type SealerOptions, type SealKeyTerms } from "./keyring.ts";

/**
 * What a key held by a provider may be to seal tokens (`crypto-rules` 2): signatures over a digest alone, since what takes
 * whole messages has limits that tokens would exceed. `ES256`, `ES384` and `PS256` of JOSE.
 */
export type ProviderSealAlgorithm =
  | "ECDSA-P256-SHA256"
  | "ECDSA-P384-SHA384"
  | "RSA-PSS-2048-SHA256"
  | "RSA-PSS-3072-SHA256"
  | "RSA-PSS-4096-SHA256";

const joseNames: ReadonlySet<unknown> = new Set(["ES256", "ES384", "PS256"]);

/** A key held by a provider that seals tokens and nothing else. */
export interface ProviderSealKey extends SealKeyTerms {
  readonly algorithm: ProviderSealAlgorithm;
  /** SPKI: DER, or PEM text. Written here once, when the key is set up: opening a token believes nothing but this. */
  readonly publicKey: Uint8Array | string;
  /** Another `Kms`, and its handle of the key. Without it this sealer opens tokens under the key and seals none. */
  readonly signer?: ProviderSigner | undefined;
}

/** Who signs: a `Kms` of its own (never the one that gets the sealer), with the right to sign. */
export interface ProviderSigner {
  readonly kms: {
    readonly sign: (key: KeyHandle<ProviderSealAlgorithm>, message: Bytes, options?: CallOptions) => Promise<Signature>;
  };
  readonly key: KeyHandle<ProviderSealAlgorithm>;
}

/** A sealer whose keys a provider holds. */
export interface ProviderSealer extends Sealer {
  readonly kids: readonly string[];
}

/**
 * A sealer by keys that a provider holds: sealing is one signature of a second `Kms`, opening is local, under the public
 * keys written in this configuration, and asks nobody. The key is named here, never by a token. What the provider
 * signed is verified before it is handed out. A key that rotates signs with another version and so under another
 * public key: configure each version as a key of its own, and let `signer.key` pin it.
 * Tokens are compact JWS (RFC 7515) with `ES256`, `ES384` or `PS256` (RFC 7518). ECDSA signatures have two valid forms:
 * a token is proof of its claims, not an identifier.
 * `INVALID_ARGUMENT` for no keys, malformed terms, another algorithm (HMAC and whole-message signatures among them), a
 * public key that does not fit it, and a signer of another algorithm. Sealing: `TOO_LARGE` above 64 KiB of claims, `INVALID_ARGUMENT` when no key
 * may or can seal or the provider signed with another key than the configured one, and what `sign` refuses. Opening: `TAMPERED`.
 */
export const providerSealer = (options: SealerOptions<ProviderSealKey>): ProviderSealer => {
  const { kids, begin, open } = keyring(options, entryOf);
  const seal: Sealer["seal"] = async (type, claims, signal) => {
    const { signingInput, sign } = begin(type, claims);
    return joinToken(signingInput, await sign(signal));
  };
  return Object.freeze({ kids, seal, open });
};

const entryOf = ({ algorithm, publicKey, signer, ...terms }: ProviderSealKey): KeyringEntry<Promise<Uint8Array>> => {
  const row = algorithmRow(algorithm);
  const { jose: alg } = row;
  if (alg === undefined || !joseNames.has(alg)) throw refused("a sealing key that is no ES256, ES384 or PS256");
  const spki = typeof publicKey === "string" ? pemToSpki(publicKey) : readBytes(publicKey, "public sealing key");
  const verifying = publicKeyOf(spki, algorithm);
  if (signer !== undefined) checkSigner(signer, algorithm);
  const holds = (input: Uint8Array, signature: Uint8Array): boolean => verifyLocally(row, verifying, input, signature);
  return {
    alg,
    terms,
    sign:
      signer === undefined ? undefined : (_type, input, signal) => signed({ signer, row, holds }, utf8(input), signal),
    verify: (_type, input, signature) => {
      const der = asDer(row, signature);
      return der !== undefined && holds(utf8(input), der);
    },
  };
};

interface Signing {
  readonly signer: ProviderSigner;
  readonly row: AlgorithmRow;
  readonly holds: (input: Uint8Array, signature: Uint8Array) => boolean;
}

async function signed({ signer, row, holds }: Signing, input: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> {
  const { bytes } = await signer.kms.sign(signer.key, input, { signal });
  if (!holds(input, bytes)) {
    throw refused("that the provider signs with another key than the configured public one; did it rotate?");
  }
  return row.family === "ecdsa" ? derToP1363(row.algorithm, bytes) : bytes;
}

/** JWS signatures of ECDSA are two numbers side by side (RFC 7518 §3.4). */
function asDer(row: AlgorithmRow, signature: Uint8Array): Uint8Array | undefined {
  if (row.family !== "ecdsa") return signature;
  try {
    return p1363ToDer(row.algorithm, signature);
  } catch (error) {
    if (KmsError.isInstance(error)) return undefined; // of another length: no signature under this key
    throw error;
  }
}

function checkSigner(signer: ProviderSigner, algorithm: ProviderSealAlgorithm): void {
  if (typeof signer !== "object" || signer === null || typeof signer.kms?.sign !== "function") {
    throw refused("a signer without a Kms that signs");
  }
  if (signer.key?.algorithm !== algorithm) throw refused("a signer whose key is of another algorithm");
}
