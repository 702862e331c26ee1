import {
  createCipheriv,
  createHmac,
  createSign,
  generateKeyPairSync,
  hkdfSync,
  ECDH,
  type KeyObject,
} from "node:crypto";
import { bytes } from "./setup.ts";

/** Big-endian numbers. */
export const u8 = (value: number): Buffer => Buffer.from([value]);
export const u16 = (value: number): Buffer => Buffer.from([value >> 8, value]);
export const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
};
export const u64 = (value: number): Buffer => Buffer.concat([u32(Math.floor(value / 2 ** 32)), u32(value % 2 ** 32)]);
/** A u16 length, then the bytes. */
export const field = (value: Uint8Array | string): Buffer => {
  const content = typeof value === "string" ? Buffer.from(value) : Buffer.from(value);
  return Buffer.concat([u16(content.length), content]);
};
/** Associated data as given, right or wrong, in that order. */
export const context = (...pairs: readonly (readonly [Uint8Array | string, Uint8Array | string])[]): Buffer =>
  Buffer.concat([u16(pairs.length), ...pairs.flatMap(([name, value]) => [field(name), field(value)])]);
/** An initialisation vector that ends in a number. */
export const iv = (value: number): Buffer => Buffer.concat([Buffer.alloc(8), u32(value)]);

/** AES-GCM by the key at hand. */
export const gcm = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array): [Buffer, Buffer] => {
  const cipher = createCipheriv(`aes-${key.length * 8}-gcm` as "aes-256-gcm", key, nonce, { authTagLength: 16 });
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return [ciphertext, cipher.getAuthTag()];
};

const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => {
  const mac = createHmac("sha512", key);
  for (const part of parts) mac.update(part);
  return mac.digest();
};

export const dataKey: Buffer = Buffer.alloc(32, 7);
export const messageId = (version: number): Buffer => Buffer.alloc(version === 1 ? 16 : 32, 9);

/** The two keys of a suite that commits, with labels that a forger may choose. */
export const committed = (
  id: Uint8Array,
  suite: number,
  labels: { readonly key?: string; readonly commitment?: string; readonly dataKey?: Uint8Array } = {},
): { readonly key: Buffer; readonly commitment: Buffer } => {
  const extracted = hmac(id, labels.dataKey ?? dataKey);
  const expand = (info: Uint8Array): Buffer => hmac(extracted, info, u8(1)).subarray(0, 32);
  return {
    key: expand(Buffer.concat([u16(suite), Buffer.from(labels.key ?? "DERIVEKEY")])),
    commitment: expand(Buffer.from(labels.commitment ?? "COMMITKEY")),
  };
};

const pair = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
export const signingKey: KeyObject = pair.privateKey;
const uncompressed = pair.publicKey.export({ type: "spki", format: "der" }).subarray(-97);
/** The forger's public key, in the forms of a point. */
export const point = (format: "compressed" | "uncompressed" | "hybrid"): Buffer =>
  ECDH.convertKey(uncompressed, "secp384r1", undefined, undefined, format) as Buffer;

const strings = { frame: "AWSKMSEncryptionClient Frame", final: "AWSKMSEncryptionClient Final Frame" } as const;
export const singleString = "AWSKMSEncryptionClient Single Block";

/** A frame, each of whose fields can differ from what its place demands. */
export interface Frame {
  readonly plaintext?: Uint8Array;
  readonly isFinal?: boolean;
  readonly sequence?: number;
  readonly iv?: Uint8Array;
  readonly declaredBytes?: number;
  readonly aad?: Partial<Record<"id" | "string" | "sequence" | "length", Uint8Array>>;
  readonly key?: Uint8Array;
}

/** What a forger decides; whatever is left out is right. Tags and signature are always made over what is there. */
export interface Forgery {
  readonly suite?: 0x0478 | 0x0578 | 0x0178;
  readonly version?: number;
  readonly type?: number;
  readonly suiteField?: number;
  readonly id?: Buffer;
  readonly context?: Uint8Array;
  readonly dataKeys?: Uint8Array;
  readonly contentType?: number;
  readonly reserved?: number;
  readonly ivLength?: number;
  readonly frameBytes?: number;
  readonly commitment?: Uint8Array;
  readonly key?: Buffer;
  readonly headerIv?: Buffer;
  readonly unstored?: Uint8Array;
  readonly frames?: readonly Frame[];
  /** In place of frames. */
  readonly body?: (key: Buffer, id: Buffer) => Buffer;
  readonly signed?: (header: Buffer, body: Buffer) => Uint8Array;
  readonly footer?: (signature: Buffer) => Uint8Array;
  readonly trailing?: Uint8Array;
}

const frameOf = (frame: Frame, number: number, key: Buffer, id: Buffer): Buffer => {
  const { plaintext = bytes("12345678"), isFinal = false, sequence = number, iv: nonce = iv(number), aad = {} } = frame;
  const bound = Buffer.concat([
    aad.id ?? id,
    aad.string ?? Buffer.from(isFinal ? strings.final : strings.frame),
    aad.sequence ?? u32(number),
    aad.length ?? u64(plaintext.length),
  ]);
  const [ciphertext, tag] = gcm(frame.key ?? key, nonce, bound, plaintext);
  const head = isFinal ? [u32(0xffff_ffff), u32(sequence), nonce] : [u32(sequence), nonce];
  const length = isFinal ? [u32(frame.declaredBytes ?? plaintext.length)] : [];
  return Buffer.concat([...head, ...length, ciphertext, tag]);
};

/** Two frames of 8 bytes and a final one of 3. */
export const usualFrames: readonly Frame[] = [{}, {}, { isFinal: true, plaintext: bytes("end") }];

/** A message that is authentic throughout: wrong only where the forger wants it. */
export function forge(forgery: Forgery = {}): Buffer {
  const { suite = 0x0478, frames = usualFrames } = forgery;
  const version = suite === 0x0178 ? 1 : 2;
  const id = forgery.id ?? messageId(version);
  const derived =
    version === 2 ? committed(id, suite) : { key: firstVersionKey(suite, id), commitment: Buffer.alloc(0) };
  const key = forgery.key ?? derived.key;
  const publicKey = context(["aws-crypto-public-key", point("compressed").toString("base64")]);
  const stored = forgery.context ?? (suite === 0x0578 ? publicKey : Buffer.alloc(0));
  const header = Buffer.concat([
    u8(forgery.version ?? version),
    version === 1 ? u8(forgery.type ?? 0x80) : Buffer.alloc(0),
    u16(forgery.suiteField ?? suite),
    id,
    field(stored),
    forgery.dataKeys ?? Buffer.concat([u16(1), field("known"), field("known"), field("")]),
    u8(forgery.contentType ?? 2),
    version === 1 ? Buffer.concat([u32(forgery.reserved ?? 0), u8(forgery.ivLength ?? 12)]) : Buffer.alloc(0),
    u32(forgery.frameBytes ?? 8),
    version === 2 ? (forgery.commitment ?? derived.commitment) : Buffer.alloc(0),
  ]);
  const headerIv = forgery.headerIv ?? Buffer.alloc(12);
  const [, tag] = gcm(key, headerIv, Buffer.concat([header, forgery.unstored ?? Buffer.alloc(0)]), Buffer.alloc(0));
  const head = Buffer.concat([header, version === 1 ? headerIv : Buffer.alloc(0), tag]);
  const body =
    forgery.body?.(key, id) ?? Buffer.concat(frames.map((frame, index) => frameOf(frame, index + 1, key, id)));
  const footer = suite === 0x0578 ? footerOf(forgery, head, body) : Buffer.alloc(0);
  return Buffer.concat([head, body, footer, forgery.trailing ?? Buffer.alloc(0)]);
}

/** The key of a suite of the first version with HKDF-SHA-256. */
export const firstVersionKey = (suite: number, id: Buffer): Buffer =>
  Buffer.from(hkdfSync("sha256", dataKey, Buffer.alloc(32), Buffer.concat([u16(suite), id]), 32));

function footerOf({ signed, footer = field }: Forgery, head: Buffer, body: Buffer): Buffer {
  const signature = createSign("sha384")
    .update(signed?.(head, body) ?? Buffer.concat([head, body]))
    .sign(signingKey);
  return Buffer.from(footer(signature));
}
