import { createSign, generateKeyPairSync } from "node:crypto";
import {
  committed,
  context,
  dataKey,
  field,
  firstVersionKey,
  gcm,
  iv,
  messageId,
  point,
  signingKey,
  singleString,
  u16,
  u32,
  u64,
  u8,
  usualFrames,
  type Forgery,
  type Frame,
} from "./forge.ts";
import { bytes } from "./setup.ts";

const end: Frame = { isFinal: true, plaintext: bytes("end") };
const edks = (count: number, entry: Buffer): Buffer => Buffer.concat([u16(count), entry]);
const known = Buffer.concat([field("known"), field("known"), field("")]);
const otherPair = generateKeyPairSync("ec", { namedCurve: "secp384r1" });
const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey.export({ type: "spki", format: "der" });
const named = (value: string): Buffer => context(["aws-crypto-public-key", value]);
const encoded = point("compressed").toString("base64");
const offCurve = (): Buffer => {
  const wrong = Buffer.from(point("compressed"));
  wrong.fill(0xff, 1);
  return wrong;
};
const v2 = messageId(2);

/** A body without frames, each of whose fields can be wrong. */
const single =
  ({ declared, sequence = 1, string = singleString, nonce = iv(1), after = Buffer.alloc(0) }: SingleForgery = {}) =>
  (key: Buffer, id: Buffer): Buffer => {
    const plaintext = bytes("unframed");
    const aad = Buffer.concat([id, Buffer.from(string), u32(sequence), u64(plaintext.length)]);
    const [ciphertext, tag] = gcm(key, nonce, aad, plaintext);
    return Buffer.concat([nonce, u64(declared ?? plaintext.length), ciphertext, tag, after]);
  };
interface SingleForgery {
  readonly declared?: number;
  readonly sequence?: number;
  readonly string?: string;
  readonly nonce?: Buffer;
  readonly after?: Buffer;
}
const unframed = { contentType: 1, frameBytes: 0 } as const;

/** Messages that must open: what a forger leaves right is right, and what the format leaves open is open. */
export const controls: Readonly<Record<string, Forgery>> = {
  "suite 0x0478": {},
  "suite 0x0578": { suite: 0x0578 },
  "suite 0x0178": { suite: 0x0178 },
  "one empty final frame": { frames: [{ isFinal: true, plaintext: bytes("") }] },
  "an empty final frame after full ones": { frames: [{}, { isFinal: true, plaintext: bytes("") }] },
  "a full final frame": { frames: [{}, { isFinal: true }] },
  "initialisation vectors of another pattern": {
    frames: [{ iv: Buffer.alloc(12, 3) }, { isFinal: true, iv: Buffer.alloc(12, 4) }],
  },
  "a header with an initialisation vector of its own": { suite: 0x0178, headerIv: Buffer.alloc(12, 5) },
  "no frames": { ...unframed, body: single() },
  "no frames, in the first version": { suite: 0x0178, ...unframed, body: single() },
  "associated data that is not sorted": { context: context(["b", "1"], ["a", "2"]) },
  "associated data with an empty value and a name __proto__": { context: context(["__proto__", ""], ["a", "é"]) },
  "several data keys": { dataKeys: edks(3, Buffer.concat([known, known, known])) },
};

const inHeader: Readonly<Record<string, Forgery>> = {
  "version 0": { version: 0 },
  "version 3": { version: 3 },
  "version 1 with a suite of version 2": { version: 1 },
  "another type": { suite: 0x0178, type: 0x81 },
  "suite 0x0000": { suiteField: 0 },
  "a suite that does not exist": { suiteField: 0x0678 },
  "a suite of the first version in the second": { suiteField: 0x0178 },
  "a suite of the first version in the second, and its keys": { suiteField: 0x0178, key: firstVersionKey(0x0178, v2) },
  "a suite of the second version in the first, and its keys": {
    suite: 0x0178,
    suiteField: 0x0478,
    key: committed(messageId(1), 0x0478).key,
  },
  "no data keys": { dataKeys: u16(0) },
  "a provider id that is not UTF-8": {
    dataKeys: edks(1, Buffer.concat([field(Buffer.from([0xff])), field("known"), field("")])),
  },
  "associated data with a count of 0": { context: u16(0) },
  "associated data with bytes after it": { context: Buffer.concat([context(["a", "1"]), u8(0)]) },
  "associated data that ends early": { context: context(["a", "1"]).subarray(0, -1) },
  "associated data of one byte": { context: u8(0) },
  "associated data with more entries than it holds": { context: Buffer.concat([u16(2), field("a"), field("1")]) },
  "associated data with fewer entries than it holds": {
    context: Buffer.concat([u16(1), field("a"), field("1"), field("b"), field("2")]),
  },
  "a name that stands twice": { context: context(["a", "1"], ["a", "2"]) },
  "a name that stands twice with one value": { context: context(["a", "1"], ["b", "1"], ["a", "1"]) },
  "a name that is not UTF-8": { context: context([Buffer.from([0xc3]), "1"]) },
  "a value that is not UTF-8": { context: context(["a", Buffer.from([0xed, 0xa0, 0x80])]) },
  "content type 0": { contentType: 0 },
  "content type 3": { contentType: 3 },
  "content type 3 before a body without frames": { contentType: 3, frameBytes: 0, body: single() },
  "reserved bytes that are not 0": { suite: 0x0178, reserved: 1 },
  "an initialisation vector's length of 11": { suite: 0x0178, ivLength: 11 },
  "an initialisation vector's length of 16": { suite: 0x0178, ivLength: 16 },
  "frames of 0 bytes": { frameBytes: 0, frames: [{ isFinal: true, plaintext: bytes("") }] },
  "a frame length without frames": { ...unframed, frameBytes: 8, body: single() },
  "a frame length without frames, in the first version": {
    suite: 0x0178,
    ...unframed,
    frameBytes: 4_096,
    body: single(),
  },
  "a header tag under another initialisation vector": { headerIv: iv(1) },
  "a header tag over associated data that nobody gave": { unstored: context(["a", "1"]) },
};

const inKeys: Readonly<Record<string, Forgery>> = {
  "a commitment of zeros": { commitment: Buffer.alloc(32) },
  "a commitment of another message": { commitment: committed(Buffer.alloc(32, 1), 0x0478).commitment },
  "a commitment under another label": { commitment: committed(v2, 0x0478, { commitment: "COMMITKEZ" }).commitment },
  "a commitment whose last byte differs": {
    commitment: Buffer.concat([committed(v2, 0x0478).commitment.subarray(0, 31), u8(0)]),
  },
  "the frames' key in the place of the commitment": { commitment: committed(v2, 0x0478).key },
  "the data key used as it is": { key: dataKey },
  "a key derived for the other suite": { key: committed(v2, 0x0578).key },
  "a key derived for another message": { key: committed(Buffer.alloc(32, 1), 0x0478).key },
  "a key derived under another label": { key: committed(v2, 0x0478, { key: "DERIVEKEZ" }).key },
  "the commitment used as key": { key: committed(v2, 0x0478).commitment },
  "a first version's data key used as it is": { suite: 0x0178, key: dataKey },
};

const inFrames: Readonly<Record<string, Forgery>> = {
  "a first sequence number of 0": { frames: [{ sequence: 0, aad: { sequence: u32(0) } }, end] },
  "a first sequence number of 2": { frames: [{ sequence: 2, aad: { sequence: u32(2) } }, end] },
  "a final frame alone with sequence number 2": { frames: [{ ...end, sequence: 2, aad: { sequence: u32(2) } }] },
  "a first sequence number of 2 that only the frame says": { frames: [{ sequence: 2 }, {}, end] },
  "a sequence number of 0 that only the frame says": { frames: [{}, { sequence: 0 }, end] },
  "a final sequence number that only the frame says": { frames: [{}, {}, { ...end, sequence: 2 }] },
  "the greatest sequence number, which only the final frame says": { frames: [{ ...end, sequence: 0xffff_ffff }] },
  "a sequence number that stands twice": { frames: [{}, { sequence: 1, aad: { sequence: u32(1) } }, end] },
  "a sequence number left out": { frames: [{}, { sequence: 3, aad: { sequence: u32(3) } }, end] },
  "a final frame that repeats the number before it": {
    frames: [{}, {}, { ...end, sequence: 2, aad: { sequence: u32(2) } }],
  },
  "a final frame that leaves a number out": { frames: [{}, {}, { ...end, sequence: 4, aad: { sequence: u32(4) } }] },
  "a final frame with the greatest number": {
    frames: [{}, {}, { ...end, sequence: 0xffff_ffff, aad: { sequence: u32(0xffff_ffff) } }],
  },
  "a number in the frame that its tag does not cover": { frames: [{ aad: { sequence: u32(2) } }, {}, end] },
  "frames in another order": {
    frames: [{ sequence: 2, aad: { sequence: u32(2) } }, { sequence: 1, aad: { sequence: u32(1) } }, end],
  },
  "a regular frame bound as a final one": {
    frames: [{ aad: { string: bytes("AWSKMSEncryptionClient Final Frame") } }, end],
  },
  "a final frame bound as a regular one": {
    frames: [{}, { ...end, aad: { string: bytes("AWSKMSEncryptionClient Frame") } }],
  },
  "a frame bound as a body without frames": { frames: [{}, { ...end, aad: { string: bytes(singleString) } }] },
  "a terminated string in what a frame is bound to": {
    frames: [{ aad: { string: bytes("AWSKMSEncryptionClient Frame\0") } }, end],
  },
  "a frame bound to another message": { frames: [{ aad: { id: Buffer.alloc(32, 1) } }, end] },
  "a frame bound to 16 bytes of the message id": { frames: [{ aad: { id: v2.subarray(0, 16) } }, end] },
  "a frame bound to no message": { frames: [{ aad: { id: Buffer.alloc(0) } }, end] },
  "a frame bound to another length": { frames: [{ aad: { length: u64(9) } }, end] },
  "a frame bound to a length of 4 bytes": { frames: [{ aad: { length: u32(8) } }, end] },
  "a final frame bound to the frame length": { frames: [{}, { ...end, aad: { length: u64(8) } }] },
  "a final frame longer than the frame length": { frames: [{ isFinal: true, plaintext: bytes("123456789") }] },
  "a final frame that declares a byte less": { frames: [{ ...end, declaredBytes: 2 }] },
  "a final frame that declares a byte more": { frames: [{ ...end, declaredBytes: 4 }] },
  "a frame under the data key": { frames: [{}, { key: dataKey }, end] },
  "a frame under the key of another message": { frames: [{ key: committed(Buffer.alloc(32, 1), 0x0478).key }, end] },
  "no frames at all": { frames: [] },
  "no final frame": { frames: [{}, {}] },
  "two final frames": { frames: [{}, end, end] },
  "a frame after the final one": { frames: [{}, end, {}] },
  "bytes after the final frame": { trailing: u8(0) },
  "another message after the final frame": { trailing: Buffer.from("0204", "hex") },
  "a footer in a suite without signature": { trailing: field(Buffer.alloc(103, 48)) },
};

const withoutFrames: Readonly<Record<string, Forgery>> = {
  "sequence number 2": { ...unframed, body: single({ sequence: 2 }) },
  "the string of a frame": { ...unframed, body: single({ string: "AWSKMSEncryptionClient Frame" }) },
  "the string of a final frame": { ...unframed, body: single({ string: "AWSKMSEncryptionClient Final Frame" }) },
  "a byte less declared": { ...unframed, body: single({ declared: 7 }) },
  "a byte more declared": { ...unframed, body: single({ declared: 9 }) },
  "a length that no ciphertext has": { ...unframed, body: single({ declared: 2 ** 40 }) },
  "a length of 2^63": { ...unframed, body: single({ declared: 2 ** 63 }) },
  "bytes after it": { ...unframed, body: single({ after: u8(0) }) },
  "frames after it": {
    ...unframed,
    body: (key, id) => Buffer.concat([single()(key, id), u32(0xffff_ffff), u32(2), iv(2), u32(0)]),
  },
  "frames where none are announced": { ...unframed, frames: usualFrames },
  "none where frames are announced": { body: single() },
};

const signature = (part: Uint8Array, key = otherPair.privateKey): Buffer => createSign("sha384").update(part).sign(key);
const inSignatures: Readonly<Record<string, Forgery>> = {
  "a public key in a suite without signature": { context: named(encoded) },
  "no public key": { suite: 0x0578, context: Buffer.alloc(0) },
  "an empty public key": { suite: 0x0578, context: named("") },
  "an uncompressed public key": { suite: 0x0578, context: named(point("uncompressed").toString("base64")) },
  "a hybrid public key": { suite: 0x0578, context: named(point("hybrid").toString("base64")) },
  "a public key without its last byte": {
    suite: 0x0578,
    context: named(point("compressed").subarray(0, 48).toString("base64")),
  },
  "a public key off the curve": { suite: 0x0578, context: named(offCurve().toString("base64")) },
  "a public key of another curve": { suite: 0x0578, context: named(p256.subarray(-65).toString("base64")) },
  "a public key in base64url of other letters": { suite: 0x0578, context: named(`${encoded.slice(0, -1)} `) },
  "the public key of another signer": {
    suite: 0x0578,
    context: named(otherPoint().toString("base64")),
  },
  "no footer": { suite: 0x0578, footer: () => Buffer.alloc(0) },
  "an empty signature": { suite: 0x0578, footer: () => u16(0) },
  "a footer that ends early": { suite: 0x0578, footer: (made) => field(made).subarray(0, -1) },
  "a footer that declares a byte less": {
    suite: 0x0578,
    footer: (made) => Buffer.concat([u16(made.length - 1), made]),
  },
  "a footer that declares a byte more": {
    suite: 0x0578,
    footer: (made) => Buffer.concat([u16(made.length + 1), made]),
  },
  "a footer of the greatest length": { suite: 0x0578, footer: (made) => Buffer.concat([u16(65_535), made]) },
  "a footer longer than any signature": {
    suite: 0x0578,
    footer: (made) => field(Buffer.concat([made, Buffer.alloc(200)])),
  },
  "bytes after the footer": { suite: 0x0578, trailing: u8(0) },
  "a signature with bytes after it": { suite: 0x0578, footer: (made) => field(Buffer.concat([made, u8(0)])) },
  "a signature by somebody else": { suite: 0x0578, footer: () => field(signature(Buffer.alloc(0))) },
  "a signature over the header alone": { suite: 0x0578, signed: (head) => head },
  "a signature over the body alone": { suite: 0x0578, signed: (_head, body) => body },
  "a signature over nothing": { suite: 0x0578, signed: () => Buffer.alloc(0) },
  "a signature over a header without its tag": {
    suite: 0x0578,
    signed: (head, body) => Buffer.concat([head.subarray(0, -16), body]),
  },
  "a signature over the final frame left out": {
    suite: 0x0578,
    signed: (head, body) => Buffer.concat([head, body.subarray(0, -43)]),
  },
  "a signature as two bare numbers": {
    suite: 0x0578,
    footer: () => field(createSign("sha384").update("").sign({ key: signingKey, dsaEncoding: "ieee-p1363" })),
  },
  "a signature of zeros": { suite: 0x0578, footer: () => field(Buffer.from("3006020100020100", "hex")) },
};

function otherPoint(): Buffer {
  const spki = otherPair.publicKey.export({ type: "spki", format: "der" });
  const y = spki.at(-1) ?? 0;
  return Buffer.concat([u8(2 + (y & 1)), spki.subarray(-96, -48)]);
}

/** Messages that are authentic but wrong in one place, by where that is. */
export const forgeries: Readonly<Record<string, Readonly<Record<string, Forgery>>>> = {
  "a header with": inHeader,
  "keys with": inKeys,
  "a body with": inFrames,
  "a body without frames, with": withoutFrames,
  "a signed message with": inSignatures,
};
