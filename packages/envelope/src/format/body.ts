import { Buffer } from "node:buffer";

/** Sequence numbers run from 1 to this. */
export const maximumFrames: number = 2 ** 32 - 1;
/** Stands before the sequence number of the final frame. */
export const finalMarker = 0xffff_ffff;
/** Bytes before a frame's ciphertext: sequence number and IV; the final frame has its marker and length too. */
export const regularHeadBytes = 16;
export const finalHeadBytes = 24;
/** IV and length, before the ciphertext of a body without frames. */
export const singleHeadBytes = 20;

/** The three kinds of body; each names itself in the associated data of its ciphertext. */
export type BodyKind = "frame" | "final" | "single";

// data-format/message-body-aad: the string, unterminated.
const contentStrings: Readonly<Record<BodyKind, Buffer>> = {
  frame: Buffer.from("AWSKMSEncryptionClient Frame"),
  final: Buffer.from("AWSKMSEncryptionClient Final Frame"),
  single: Buffer.from("AWSKMSEncryptionClient Single Block"),
};

/**
 * Associated data of the frames of one message: message id ‖ content string ‖ u32 sequence number ‖ u64 length. The bytes are
 * written over for each frame.
 */
export class BodyAad {
  readonly #bytes: Buffer;
  readonly #numbersAt: number;

  constructor(messageId: Buffer, kind: BodyKind) {
    const content = contentStrings[kind];
    this.#numbersAt = messageId.length + content.length;
    this.#bytes = Buffer.allocUnsafe(this.#numbersAt + 12);
    this.#bytes.set(messageId);
    this.#bytes.set(content, messageId.length);
  }

  /** Those of one frame, valid until the next is asked for. */
  of(sequence: number, lengthBytes: number): Buffer {
    const at = this.#numbersAt;
    this.#bytes.writeUInt32BE(sequence, at);
    this.#bytes.writeUInt32BE(Math.floor(lengthBytes / 2 ** 32), at + 4);
    this.#bytes.writeUInt32BE(lengthBytes % 2 ** 32, at + 8);
    return this.#bytes;
  }
}
