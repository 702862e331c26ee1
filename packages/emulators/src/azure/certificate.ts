import type * as Forge from "node-forge";
import { generateRsaKeyPair, privateKeyPem, randomBytes, signRsaSha256 } from "../primitives.ts";

/** What TLS needs: the private key and the certificate, both PEM. The certificate is its own authority. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Names that the certificate is good for, beside 127.0.0.1: one label before each domain of the service. */
const NAMES = ["localhost", "*.vault.azure.net", "*.managedhsm.azure.net"];
const DNS = 2;
const ADDRESS = 7;
const YEAR_MS = 365 * 86_400_000;

let cached: Promise<Certificate> | undefined;

/**
 * The certificate of this process, made when it is first asked for: every emulator of a process has the same one. Its
 * RSA key lives in memory and ends with the process. Rejects with an error that names `node-forge` when that optional
 * peer is missing.
 *
 * The key and the signature are made by `node:crypto`; `node-forge` only writes the ASN.1 (design §4).
 */
export function processCertificate(): Promise<Certificate> {
  cached ??= makeCertificate().catch((cause: unknown) => {
    cached = undefined;
    throw cause;
  });
  return cached;
}

async function loadForge(): Promise<typeof Forge> {
  try {
    const forge = await import("node-forge");
    return "default" in forge ? forge.default : forge; // CommonJS, whose exports are the default
  } catch (cause) {
    throw new Error("the Azure emulator needs the package node-forge, which could not be loaded: install it", {
      cause,
    });
  }
}

/** A certificate of its own. `random`: 16 bytes for its serial number. */
export async function makeCertificate(random: Uint8Array = randomBytes(16)): Promise<Certificate> {
  const { asn1, md, pki, util } = await loadForge();
  const pair = await generateRsaKeyPair(2048);
  const certificate = pki.createCertificate();
  const name = [{ name: "commonName", value: "Key Vault emulator, loopback only" }];
  certificate.publicKey = pki.publicKeyFromAsn1(
    asn1.fromDer(util.createBuffer(Buffer.from(pair.publicKey).toString("latin1"))),
  );
  // Positive, and without leading zeros whatever was drawn: X.690 8.3.2 allows none, and OpenSSL refuses them.
  const serial = Buffer.from(random);
  serial.writeUInt8((serial.readUInt8() & 0x3f) | 0x40);
  certificate.serialNumber = serial.toString("hex");
  certificate.validity.notBefore = new Date(Date.now() - YEAR_MS);
  certificate.validity.notAfter = new Date(Date.now() + 10 * YEAR_MS);
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    {
      name: "subjectAltName",
      altNames: [...NAMES.map((value) => ({ type: DNS, value })), { type: ADDRESS, ip: "127.0.0.1" }],
    },
  ]);
  // forge hands over nothing but the structure: `tbsCertificate` is there by the time it asks for the signature.
  const signer = {
    sign: () => {
      const signed = asn1.toDer(certificate.tbsCertificate).getBytes();
      return Buffer.from(signRsaSha256(pair, Buffer.from(signed, "latin1"))).toString("latin1");
    },
  };
  certificate.sign(signer as unknown as Forge.pki.rsa.PrivateKey, md.sha256.create());
  return { key: privateKeyPem(pair), cert: pki.certificateToPem(certificate) };
}
