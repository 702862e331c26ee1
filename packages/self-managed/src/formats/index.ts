/** The door for key material in the formats that other tools read and write: what `importKey` takes, and what `exportKey` gave. */
export type { ImportableKey, PassphraseOptions } from "./importable-key.ts";
export { jwkToMaterial, materialToJwk, type SecretJwk } from "./jwk.ts";
export { materialToPem, pemToMaterial } from "./pem.ts";
export { materialToEncryptedPkcs8, pkcs8ToMaterial } from "./pkcs8.ts";
