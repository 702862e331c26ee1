import { decryptOaep, encryptOaep, type HashName, openAesGcm, sealAesGcm } from "../../primitives.ts";
import { ENCRYPTIONS } from "../algorithms.ts";
import { type AzureError, badParameter, notImplemented } from "../errors.ts";
import type { KeyMaterial } from "../key-material.ts";
import { LIMITS, within } from "../limits.ts";
import { type Call, needsUse, type OperationRow, reference } from "./row.ts";
import { text, type UsableVersion, usableVersion } from "./usable-version.ts";

/**
 * One refusal for whatever is wrong with a ciphertext, its tag, its associated data or the key for it. Source: provider
 * facts §5.1 (400 `BadParameter`, from memory); §10 says that the exact codes are not established.
 */
export const undecipherable = (): AzureError => badParameter("The parameter is incorrect.");

/** RSAES-OAEP under the public key; 400 for more than fits. Source: provider facts §2.3. */
export function sealOaep(hash: HashName, material: KeyMaterial, value: Uint8Array): Uint8Array {
  if (material.kind !== "rsa") throw new TypeError("OAEP needs an RSA key");
  const maximum = material.bits / 8 - 2 * (hash === "sha1" ? 20 : 32) - 2; // RFC 8017 §7.1.1
  if (value.length > maximum) throw badParameter(`The value has more than ${maximum} bytes.`);
  return encryptOaep(hash, material.pair, value);
}

/** The plaintext of RSAES-OAEP; 400 for anything that is none. */
export function openOaep(hash: HashName, material: KeyMaterial, value: Uint8Array): Uint8Array {
  const opened = material.kind === "rsa" ? decryptOaep(hash, material.pair, value) : undefined;
  if (opened === undefined) throw undecipherable();
  return opened;
}

const secretOf = (material: KeyMaterial): Uint8Array => {
  if (material.kind !== "oct") throw new TypeError("AES needs a symmetric key");
  return material.secret;
};

function checkSizes(...parts: readonly Uint8Array[]): void {
  if (!parts.every(({ length }) => within(length, LIMITS.gcmBytes))) {
    throw notImplemented("AES-GCM over more than 8192 bytes");
  }
}

// The service makes the nonce, and echoes what it authenticated (provider facts §2.5 and §6).
function sealGcm({ input }: Call, { kid, material }: UsableVersion): object {
  if (input.has("iv")) throw notImplemented("a caller's iv for AES-GCM");
  if (input.has("tag")) throw notImplemented("a tag to encrypt");
  const [value, aad] = [input.requiredBytes("value"), input.bytes("aad")];
  checkSizes(value, aad ?? new Uint8Array());
  const { nonce, body, tag } = sealAesGcm(secretOf(material), value, aad ?? new Uint8Array());
  const echo = aad === undefined ? {} : { aad: text(aad) };
  return { kid, value: text(body), iv: text(nonce), tag: text(tag), ...echo };
}

function openGcm({ input }: Call, { kid, material }: UsableVersion): object {
  const [body, nonce, tag] = [input.requiredBytes("value"), input.requiredBytes("iv"), input.requiredBytes("tag")];
  const aad = input.bytes("aad") ?? new Uint8Array();
  checkSizes(body, aad);
  const isWellFormed = nonce.length === 12 && tag.length === 16;
  const opened = isWellFormed ? openAesGcm(secretOf(material), { nonce, body, tag }, aad) : undefined;
  if (opened === undefined) throw undecipherable();
  return { kid, value: text(opened) };
}

function refuseAead({ input }: Call): void {
  const found = ["iv", "tag", "aad"].find((field) => input.has(field));
  if (found !== undefined) throw notImplemented(`${found} with RSA`);
}

const FIELDS = ["alg", "value", "iv", "tag", "aad"];

const encrypt: OperationRow = {
  needs: needsUse("encrypt", "encrypt"),
  fields: FIELDS,
  source: `${reference("encrypt")}; provider facts §2.5`,
  run: async (call) => {
    const used = await usableVersion(call, "encrypt", ENCRYPTIONS);
    if (used.scheme.kind !== "oaep") return { ...sealGcm(call, used) };
    refuseAead(call);
    return {
      kid: used.kid,
      value: text(sealOaep(used.scheme.hash, used.material, call.input.requiredBytes("value"))),
    };
  },
};

const decrypt: OperationRow = {
  needs: needsUse("decrypt", "decrypt"),
  fields: FIELDS,
  source: `${reference("decrypt")}; provider facts §2.5 and §5.1`,
  run: async (call) => {
    const used = await usableVersion(call, "decrypt", ENCRYPTIONS);
    if (used.scheme.kind !== "oaep") return { ...openGcm(call, used) };
    refuseAead(call);
    return {
      kid: used.kid,
      value: text(openOaep(used.scheme.hash, used.material, call.input.requiredBytes("value"))),
    };
  },
};

/** Encrypt and Decrypt. */
export const ENCRYPTION_OPERATIONS: Readonly<Record<string, OperationRow>> = { Encrypt: encrypt, Decrypt: decrypt };
