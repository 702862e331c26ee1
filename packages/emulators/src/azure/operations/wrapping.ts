import { unwrapUnderAes, wrapUnderAes } from "../../primitives.ts";
import { WRAPPINGS } from "../algorithms.ts";
import { badParameter, notImplemented } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { openOaep, sealOaep, undecipherable } from "./encryption.ts";
import { needsUse, type OperationRow, reference } from "./row.ts";
import { text, type UsableVersion, usableVersion } from "./usable-version.ts";

function wrapWith({ scheme, material }: UsableVersion, value: Uint8Array): Uint8Array {
  if (scheme.kind === "oaep") return sealOaep(scheme.hash, material, value);
  if (scheme.kind !== "aes-wrap" || material.kind !== "oct") throw new TypeError("the table has no other wrapping");
  if (value.length > LIMITS.wrappedBytes.maximum) throw notImplemented("wrapped keys of more than 4096 bytes");
  const isPlain = scheme.wrapping === "plain";
  // RFC 3394 §2: 64-bit blocks, two at least; RFC 5649 §3: one byte at least.
  if (value.length < (isPlain ? LIMITS.wrappedBytes.minimum : 1) || (isPlain && value.length % 8 !== 0)) {
    throw badParameter(`Invalid length of 'value': ${value.length} bytes.`);
  }
  return wrapUnderAes(scheme.wrapping, material.secret, value);
}

function unwrapWith({ scheme, material }: UsableVersion, value: Uint8Array): Uint8Array {
  if (scheme.kind === "oaep") return openOaep(scheme.hash, material, value);
  if (scheme.kind !== "aes-wrap" || material.kind !== "oct") throw new TypeError("the table has no other wrapping");
  const opened = unwrapUnderAes(scheme.wrapping, material.secret, value);
  if (opened === undefined) throw undecipherable();
  return opened;
}

const wrap: OperationRow = {
  needs: needsUse("wrap", "wrapKey"),
  fields: ["alg", "value"],
  source: `${reference("wrap-key")}; RFC 3394; RFC 5649`,
  run: async (call) => {
    const used = await usableVersion(call, "wrapKey", WRAPPINGS);
    return { kid: used.kid, value: text(wrapWith(used, call.input.requiredBytes("value"))) };
  },
};

const unwrap: OperationRow = {
  needs: needsUse("unwrap", "unwrapKey"),
  fields: ["alg", "value"],
  source: `${reference("unwrap-key")}; RFC 3394; RFC 5649`,
  run: async (call) => {
    const used = await usableVersion(call, "unwrapKey", WRAPPINGS);
    return { kid: used.kid, value: text(unwrapWith(used, call.input.requiredBytes("value"))) };
  },
};

/** WrapKey and UnwrapKey: RSA-OAEP everywhere, AES on a Managed HSM. */
export const WRAPPING_OPERATIONS: Readonly<Record<string, OperationRow>> = { WrapKey: wrap, UnwrapKey: unwrap };
