import { checksumOf } from "../checksums.ts";
import { GcpError, notImplemented } from "../errors.ts";
import type { Message } from "../input.ts";
import { readName } from "../names.ts";
import { type MethodRow, permission } from "./row.ts";
import { usableVersion } from "./usable-version.ts";

// RFC 7468 §13: "PUBLIC KEY", base64 in lines of 64 characters.
function pemOf(spki: Uint8Array): string {
  const lines =
    Buffer.from(spki)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN PUBLIC KEY-----\n${lines.join("\n")}\n-----END PUBLIC KEY-----\n`;
}

/**
 * `pem` without a format, `publicKey` with one. Source: resources.proto, PublicKeyFormat; provider facts §8.3. DER is
 * said there to be "the PrivateKeyInfo structure from RFC 5208"; a public key in DER is SubjectPublicKeyInfo, RFC 5280.
 */
function inFormat(spki: Uint8Array, format: string | undefined): Message {
  if (format === undefined) {
    const pem = pemOf(spki);
    return { pem, pemCrc32c: checksumOf(Buffer.from(pem)) };
  }
  if (format !== "PEM" && format !== "DER") throw notImplemented(`the public key format ${format}`);
  const data = format === "PEM" ? Buffer.from(pemOf(spki)) : spki;
  return { publicKeyFormat: format, publicKey: { data, crc32cChecksum: checksumOf(data) } };
}

const get: MethodRow = {
  permission: permission("cryptoKeyVersions.viewPublicKey"),
  fields: ["name", "publicKeyFormat"],
  source: "service.proto, GetPublicKey; kms-integrations, fakekms/contract/get_public_key_test.go",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: async (call) => {
    const { key, version, material } = await usableVersion(call, ["ASYMMETRIC_SIGN", "ASYMMETRIC_DECRYPT"]);
    if (material.kind === "secret") throw new GcpError("INTERNAL", "An asymmetric key has no public half.");
    return {
      ...inFormat(material.publicKey, call.input.choice("publicKeyFormat")),
      name: version.is.name,
      algorithm: version.is.algorithm,
      protectionLevel: key.is.level,
    };
  },
};

/** GetPublicKey. */
export const PUBLIC_KEY_METHODS: Readonly<Record<string, MethodRow>> = { GetPublicKey: get };
