import {
  expectTag,
  readCount,
  readDer,
  readOid,
  readOne,
  tags,
  unreadable,
  writeDer,
  writeInteger,
  writeOid,
} from "./der.ts";

/** The longest input of any converter: 64 KiB. An RSA key of 4096 bits takes 2.4 KiB, 3.3 in PEM. */
export const longestInputBytes = 65_536;

/** What PKCS#8 says of a private key (RFC 5208 §5, RFC 5958 §2). Views of what was read. */
export interface PrivateKeyInfo {
  /** Content of the algorithm's identifier, in hexadecimal. */
  readonly algorithm: string;
  /** Its parameters, whole; undefined where there are none. */
  readonly parameters: Uint8Array | undefined;
  readonly privateKey: Uint8Array;
  /** Beside the private half, where it is given; not yet compared with it. */
  readonly publicKey: Uint8Array | undefined;
}

// X.509 key usage as an attribute, as Windows writes it: what it forbids would be forgotten.
const keyUsage = "551d0f";

/**
 * Reads PKCS#8, strictly: version 1, or 2 with a public key; nothing unknown, nothing behind the end. Attributes are not
 * kept; one that restricts the key's usage is refused. `INVALID_ARGUMENT`.
 */
export function readPrivateKeyInfo(der: Uint8Array): PrivateKeyInfo {
  if (der.length > longestInputBytes) throw unreadable(`more than ${longestInputBytes} bytes`);
  const [version, identifier, key, ...rest] = readDer(readOne(der, tags.sequence).content);
  const number = readCount(version);
  const [algorithm, parameters, ...more] = readDer(expectTag(identifier, tags.sequence).content);
  const { content: privateKey } = expectTag(key, tags.octetString);
  const attributes = rest[0]?.tag === tags.first ? rest.shift() : undefined;
  const publicKey = rest[0]?.tag === tags.secondPrimitive ? rest.shift() : undefined;
  // RFC 5958 §2: version 2 if and only if a public key is there.
  if (number !== (publicKey === undefined ? 0 : 1) || more.length > 0 || rest.length > 0) {
    throw unreadable("elements that PKCS#8 does not have");
  }
  for (const attribute of readDer(attributes?.content ?? new Uint8Array())) {
    const [name] = readDer(expectTag(attribute, tags.sequence).content);
    if (readOid(name) === keyUsage) throw unreadable("a key whose usage an attribute restricts, which would be lost");
  }
  return {
    algorithm: readOid(algorithm),
    parameters: parameters?.whole,
    privateKey,
    publicKey: publicKey === undefined ? undefined : readBits(publicKey.content),
  };
}

/** The bytes of a BIT STRING without unused bits. */
export function readBits(content: Uint8Array): Uint8Array {
  if (content[0] !== 0) throw unreadable("a public key that is no whole number of bytes");
  return content.subarray(1);
}

/** PKCS#8 of a private key: version 1, or 2 where a public key stands beside it. In new memory. */
export function writePrivateKeyInfo({ algorithm, parameters, privateKey, publicKey }: PrivateKeyInfo): Uint8Array {
  return writeDer(
    tags.sequence,
    writeInteger(Uint8Array.of(publicKey === undefined ? 0 : 1)),
    writeDer(tags.sequence, writeOid(algorithm), parameters ?? new Uint8Array()),
    writeDer(tags.octetString, privateKey),
    publicKey === undefined ? new Uint8Array() : writeDer(tags.secondPrimitive, Uint8Array.of(0), publicKey),
  );
}
