import { gcm } from "@noble/ciphers/aes.js";
import { p384 } from "@noble/curves/nist.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha512 } from "@noble/hashes/sha2.js";

/** Reads fields one after another. */
class Fields {
  at = 0;
  readonly bytes: Buffer;
  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes);
  }
  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new RangeError("the message ends early");
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
  number(length: number): number {
    return this.take(length).readUIntBE(0, length);
  }
  field(): Buffer {
    return this.take(this.number(2));
  }
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const u32 = (value: number): Buffer => Buffer.from(value.toString(16).padStart(8, "0"), "hex");
const ivOf = (value: number): Buffer => Buffer.concat([Buffer.alloc(8), u32(value)]);

/**
 * Opens a message in suite 0x0478 or 0x0578 for one raw AES key, by `esdk-format` alone: no line and no library is shared
 * with the package. Strict: fields have the values that a writer must give them.
 */
export function openIndependently(message: Uint8Array, wrappingKey: Uint8Array): Buffer {
  const fields = new Fields(message);
  const [version, suite] = [fields.number(1), fields.number(2)];
  if (version !== 2 || (suite !== 0x0478 && suite !== 0x0578)) throw new RangeError("another suite");
  const id = fields.take(32);
  const context = fields.field();
  if (fields.number(2) !== 1) throw new RangeError("several data keys");
  const [, info, wrapped] = [fields.field(), fields.field(), fields.field()];
  if (fields.number(1) !== 2) throw new RangeError("no frames");
  const frameBytes = fields.number(4);
  const commitment = fields.take(32);
  const body = fields.bytes.subarray(0, fields.at);
  const dataKey = gcm(wrappingKey, info.subarray(-12), context).decrypt(wrapped);
  const extracted = extract(sha512, dataKey, id);
  const key = expand(
    sha512,
    extracted,
    Buffer.concat([Buffer.from([suite >> 8, suite & 0xff]), utf8("DERIVEKEY")]),
    32,
  );
  if (!commitment.equals(expand(sha512, extracted, utf8("COMMITKEY"), 32))) throw new RangeError("another data key");
  gcm(key, new Uint8Array(12), body).decrypt(fields.take(16));
  const plaintext = readFrames(fields, { key, id, frameBytes });
  if (suite === 0x0578) verify(fields, context);
  if (fields.at !== fields.bytes.length) throw new RangeError("bytes after the end");
  return plaintext;
}

interface Sealed {
  readonly key: Uint8Array;
  readonly id: Buffer;
  readonly frameBytes: number;
}

function readFrames(fields: Fields, { key, id, frameBytes }: Sealed): Buffer {
  const parts: Uint8Array[] = [];
  for (let sequence = 1; ; sequence += 1) {
    const first = fields.number(4);
    const isFinal = first === 0xffff_ffff;
    if ((isFinal ? fields.number(4) : first) !== sequence) throw new RangeError("another sequence number");
    const iv = fields.take(12);
    if (!iv.equals(ivOf(sequence))) throw new RangeError("another initialisation vector");
    const length = isFinal ? fields.number(4) : frameBytes;
    const name = `AWSKMSEncryptionClient ${isFinal ? "Final Frame" : "Frame"}`;
    const aad = Buffer.concat([id, utf8(name), u32(sequence), Buffer.alloc(4), u32(length)]);
    parts.push(gcm(key, iv, aad).decrypt(fields.take(length + 16)));
    if (isFinal) return Buffer.concat(parts);
  }
}

function verify(fields: Fields, context: Buffer): void {
  const signed = fields.bytes.subarray(0, fields.at);
  const signature = fields.field();
  const marker = Buffer.from("\0\u0015aws-crypto-public-key", "latin1");
  const encoded = new Fields(context.subarray(context.indexOf(marker) + marker.length)).field().toString();
  const holds = p384.verify(signature, signed, Buffer.from(encoded, "base64"), { format: "der", lowS: false });
  if (!holds) throw new RangeError("another signature");
}
