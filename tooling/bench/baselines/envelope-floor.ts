import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomFillSync,
  timingSafeEqual,
} from "node:crypto";

const gcm = "aes-256-gcm";
const tag16 = { authTagLength: 16 };
const zeroIv = new Uint8Array(12);
const nothing = new Uint8Array(0);
// Frames count from 1, and the count is their IV.
const firstIv = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
const keyInfo = Buffer.from("\u0004xDERIVEKEY\u0001", "latin1");
const commitmentInfo = Buffer.from("COMMITKEY\u0001", "latin1");

interface Sealed {
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

function seal(
  key: Parameters<typeof createCipheriv>[1],
  iv: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Sealed {
  const cipher = createCipheriv(gcm, key, iv, tag16).setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

function open(key: Parameters<typeof createDecipheriv>[1], iv: Uint8Array, aad: Uint8Array, sealed: Sealed): Buffer {
  const decipher = createDecipheriv(gcm, key, iv, tag16).setAAD(aad);
  const plaintext = decipher.update(sealed.ciphertext);
  decipher.setAuthTag(sealed.tag).final();
  return plaintext;
}

const hmac = (key: Uint8Array, message: Uint8Array): Buffer => createHmac("sha512", key).update(message).digest();

/** One HKDF extract and two expands: the key and the commitment. */
function derive(dataKey: Uint8Array, messageId: Uint8Array): { readonly key: Buffer; readonly commitment: Buffer } {
  const extracted = hmac(messageId, dataKey);
  return {
    key: hmac(extracted, keyInfo).subarray(0, 32),
    commitment: hmac(extracted, commitmentInfo).subarray(0, 32),
  };
}

/** Bytes that the parts of a message bind. */
export interface Bound {
  /** The serialised associated data, which the wrap of the data key binds. */
  readonly associatedData: Uint8Array;
  /** The header up to its tag. */
  readonly header: Uint8Array;
  /** What a frame binds: message id, kind, sequence number and length. */
  readonly frame: Uint8Array;
}

const random = (lengthBytes: number): Uint8Array => randomFillSync(new Uint8Array(lengthBytes));

/**
 * The floor of a message of one frame, suite 0x0478, made and opened: the bare calls that the format needs, in order. Data
 * key, wrapped by raw AES; message id; key and commitment derived; header tag; frame. Then all of them the other way round.
 * Nothing is put together, copied or checked beside that.
 */
export function withNewDataKey(plaintext: Uint8Array, bound: Bound): () => number {
  const wrappingKey = createSecretKey(random(32));
  return () => {
    const dataKey = random(32);
    const iv = random(12);
    const wrapped = seal(wrappingKey, iv, bound.associatedData, dataKey);
    return makeAndOpen(dataKey, plaintext, bound, () => open(wrappingKey, iv, bound.associatedData, wrapped));
  };
}

/** The same with a data key that is there on both sides. */
export function withCachedDataKey(plaintext: Uint8Array, bound: Bound): () => number {
  const dataKey = random(32);
  return () => makeAndOpen(dataKey, plaintext, bound, () => dataKey);
}

function makeAndOpen(dataKey: Uint8Array, plaintext: Uint8Array, bound: Bound, unwrap: () => Uint8Array): number {
  const messageId = random(32);
  const made = derive(dataKey, messageId);
  const header = seal(made.key, zeroIv, bound.header, nothing);
  const frame = seal(made.key, firstIv, bound.frame, plaintext);

  const found = derive(unwrap(), messageId);
  if (!timingSafeEqual(found.commitment, made.commitment)) return 0;
  open(found.key, zeroIv, bound.header, header);
  return open(found.key, firstIv, bound.frame, frame).length;
}
