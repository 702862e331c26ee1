import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Definition, trim } from "./trim.ts";

const METHODS = [
  "ListKeyRings",
  "ListCryptoKeys",
  "ListCryptoKeyVersions",
  "GetKeyRing",
  "GetCryptoKey",
  "GetCryptoKeyVersion",
  "GetPublicKey",
  "CreateKeyRing",
  "CreateCryptoKey",
  "CreateCryptoKeyVersion",
  "UpdateCryptoKey",
  "UpdateCryptoKeyVersion",
  "UpdateCryptoKeyPrimaryVersion",
  "DestroyCryptoKeyVersion",
  "RestoreCryptoKeyVersion",
  "Encrypt",
  "Decrypt",
  "AsymmetricSign",
  "AsymmetricDecrypt",
  "MacSign",
  "MacVerify",
  "GenerateRandomBytes",
];

const DETAILS = ["Status", "ErrorInfo", "PreconditionFailure"].map((name) => `google.rpc.${name}`);

// A file of somebody else's package has no type that a compiler could check.
const read = (path: string): Definition => JSON.parse(readFileSync(path, "utf8")) as Definition;

/** What the emulator's protocol definitions are made of: the definitions that the official client ships, trimmed. */
export function definitionsOfOfficialClient(): Definition {
  const client = createRequire(import.meta.url).resolve("@google-cloud/kms"); // …/build/src/index.js
  const gax = createRequire(client).resolve("google-gax");
  const [kms, common] = [join(dirname(client), "../protos"), join(dirname(gax), "../protos")];
  const target = {};
  trim(
    read(join(kms, "protos.json")),
    { methods: { "google.cloud.kms.v1.KeyManagementService": METHODS }, messages: [] },
    target,
  );
  trim(
    read(join(common, "iam_service.json")),
    { methods: { "google.iam.v1.IAMPolicy": ["TestIamPermissions"] }, messages: [] },
    target,
  );
  trim(read(join(common, "status.json")), { methods: {}, messages: DETAILS }, target);
  return target;
}
