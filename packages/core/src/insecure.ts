/** The door for what can reveal key material. Importing it is the first sign in a review, the access token the second. */
import type { CallOptions, KeyHandle } from "./contract/key.ts";
import type { OwnedBytes } from "./contract/words.ts";
import { KmsError } from "./errors.ts";
import { readVersion } from "./guard/arguments.ts";
import { boundKey } from "./guard/handles.ts";
import { begin, onKey } from "./guard/methods/caller.ts";
import { exportKey as row } from "./guard/operations/index.ts";
import { callerOf } from "./kms.ts";

/** Leave to export key material; hand it only to code that must have it. */
export interface InsecureKeyAccess {
  /** Why; it stands in the audit events. */
  readonly reason: string;
}

const granted = new WeakSet<object>();

/** Grants access to key material. `reason`: 1 to 256 characters; it stands in the audit events. */
export function insecureKeyAccess(reason: string): InsecureKeyAccess {
  if (typeof reason !== "string" || reason.length < 1 || reason.length > 256 || !reason.isWellFormed()) {
    throw new KmsError("INVALID_ARGUMENT", "Say in 1 to 256 characters what key material is needed for.");
  }
  const access = Object.freeze({ reason });
  granted.add(access);
  return access;
}

/**
 * The material of a key that was made exportable: symmetric keys raw, private keys as PKCS#8 DER, in memory of its own.
 * Without `keyVersion`, the version that protects: the current one of keys that encrypt or wrap, read now; the newest that
 * the handle pins of all others. Audited like every operation, with the reason of the access. `POLICY_VIOLATION` when the
 * key is not exportable, `UNSUPPORTED` where the provider does not export, `INVALID_STATE` where its state forbids reading
 * with it, `INVALID_ARGUMENT` without access from `insecureKeyAccess`. Overwrite the bytes after use.
 */
export async function exportKey(
  kms: object,
  key: KeyHandle,
  access: InsecureKeyAccess,
  options?: CallOptions & { readonly keyVersion?: string | undefined },
): Promise<OwnedBytes> {
  const caller = callerOf(kms);
  return begin(caller, "exportKey", () => {
    if (!granted.has(access)) {
      throw new KmsError("INVALID_ARGUMENT", "Exporting key material needs access from insecureKeyAccess.");
    }
    const { isVersion } = boundKey(caller.instance, key).provider.driver;
    const version = options === undefined ? undefined : readVersion(options, isVersion);
    const { reason } = access;
    return onKey(caller, row, { key, input: { version }, options, extra: ["keyVersion"], version, reason });
  });
}
