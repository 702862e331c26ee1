import { KmsError } from "@kms/core/driver";
import type { SelfManagedAlgorithm } from "../algorithms.ts";
import { admitPrivateKey } from "./private-key.ts";
import { longestInputBytes } from "./private-key-info.ts";

/** What a converter read: the bytes that `importKey` takes, and which keys they can be. Overwrite `material` after use. */
export interface ImportableKey {
  /** A symmetric key raw, a private key as PKCS#8 DER in its one canonical form. In memory of its own. */
  readonly material: Uint8Array<ArrayBuffer>;
  /** At least one: state one of them in the key's configuration. */
  readonly algorithms: readonly SelfManagedAlgorithm[];
}

/** What opens an encrypted key. */
export interface PassphraseOptions {
  /** Text (its UTF-8, nothing normalised) or bytes, at most 1,024. Without it, an encrypted key is refused; with it, a plain one. */
  readonly passphrase?: string | Uint8Array | undefined;
}

/** A private key that passed the gate, as a converter answers it. */
export async function importable(pkcs8: Uint8Array): Promise<ImportableKey> {
  const admitted = await admitPrivateKey(pkcs8);
  const material = new Uint8Array(admitted.pkcs8);
  admitted.pkcs8.fill(0);
  return Object.freeze({ material, algorithms: admitted.algorithms });
}

/** A copy of bytes that a caller gave, at most 64 KiB. `INVALID_ARGUMENT` for anything else; `what` names them. */
export function readInput(bytes: unknown, what: string): Uint8Array<ArrayBuffer> {
  if (bytes instanceof Uint8Array && bytes.length <= longestInputBytes) return new Uint8Array(bytes);
  const found = bytes instanceof Uint8Array ? `${bytes.length} bytes` : "something else than a Uint8Array";
  throw new KmsError(
    "INVALID_ARGUMENT",
    `Cannot read ${what}: found ${found}. Pass at most ${longestInputBytes} bytes.`,
  );
}
