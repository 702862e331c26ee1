import { Buffer } from "node:buffer";
import type { DecipherGCM } from "node:crypto";
import { decryptionFailed, overLimit } from "../errors.ts";
import {
  BodyAad,
  finalHeadBytes,
  finalMarker,
  regularHeadBytes,
  singleHeadBytes,
  type BodyKind,
} from "../format/body.ts";
import type { MessageHeader } from "../format/header.ts";
import { tagBytes } from "../format/header-writer.ts";
import type { Limits } from "../format/limits.ts";
import { gcmDecipher, mostAtOnce } from "../primitives.ts";
import { HeldPlaintext } from "./held-plaintext.ts";
import type { MessageVerifier } from "./message-verifier.ts";

type Stage = "marker" | "head" | "content" | "tag" | "footer-length" | "footer" | "done";

// A signature over P-384 in DER has at most 104 bytes; heads of frames are shorter.
const longestPieceBytes = 128;

/**
 * Reads the body and footer of one message out of chunks of any size, in one pass and without copying ciphertext. The
 * plaintext of a frame is answered once its tag holds; in signed suites the last once the signature does.
 */
export class BodyReader {
  readonly #header: MessageHeader;
  readonly #key: Buffer;
  readonly #limits: Limits;
  readonly #verifier: MessageVerifier | undefined;
  #regular: BodyAad | undefined;
  #carry: Buffer | undefined;
  #carried = 0;
  #stage: Stage;
  #kind: BodyKind;
  #decipher: DecipherGCM | undefined;
  #sequence = 0;
  #remaining = 0;
  #plaintextBytes = 0;
  #footerBytes = 0;
  #isEnded = false;
  /** Of the frame under way, or of the end of a signed message: not to be answered yet. */
  readonly #unverified: HeldPlaintext = new HeldPlaintext();

  /** Takes the key over: `end` overwrites it. */
  constructor(header: MessageHeader, key: Buffer, limits: Limits, verifier: MessageVerifier | undefined) {
    this.#header = header;
    this.#key = key;
    this.#limits = limits;
    this.#verifier = verifier;
    this.#stage = header.framed ? "marker" : "head";
    this.#kind = header.framed ? "frame" : "single";
  }

  get isDone(): boolean {
    return this.#stage === "done";
  }

  /**
   * Reads on and adds what is proven to `proven`. `DECRYPTION_FAILED` for anything that is wrong, also bytes after the
   * end; `TOO_LARGE` above a limit. After either nothing is read any more.
   */
  read(chunk: Buffer, proven: Buffer[]): void {
    // Under a key of zeros anybody could write on.
    if (this.#isEnded) throw decryptionFailed();
    try {
      this.#readAll(chunk, proven);
    } catch (error) {
      this.end();
      throw error;
    }
  }

  #readAll(chunk: Buffer, proven: Buffer[]): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#stage === "done") throw decryptionFailed();
      at = this.#stage === "content" ? this.#content(chunk, at) : this.#piece(chunk, at, proven);
    }
  }

  /** Overwrites the key and what was not proven. Nothing is read any more. */
  end(): void {
    this.#isEnded = true;
    this.#key.fill(0);
    this.#unverified.wipe();
  }

  #content(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#remaining, at + mostAtOnce);
    const part = chunk.subarray(at, end);
    this.#verifier?.update(part);
    if (this.#decipher !== undefined) this.#unverified.add(this.#decipher.update(part));
    this.#remaining -= part.length;
    if (this.#remaining === 0) this.#stage = "tag";
    return end;
  }

  /** A piece of fixed length, straight out of the chunk where it lies there whole. */
  #piece(chunk: Buffer, at: number, proven: Buffer[]): number {
    const wanted = this.#wanted();
    const missing = wanted - this.#carried;
    if (chunk.length - at < missing) {
      this.#carry ??= Buffer.alloc(longestPieceBytes);
      this.#carry.set(chunk.subarray(at), this.#carried);
      this.#carried += chunk.length - at;
      return chunk.length;
    }
    let piece = chunk.subarray(at, at + missing);
    if (this.#carry !== undefined && this.#carried > 0) {
      this.#carry.set(piece, this.#carried);
      piece = this.#carry.subarray(0, wanted);
      this.#carried = 0;
    }
    this.#accept(piece, proven);
    return at + missing;
  }

  #wanted(): number {
    if (this.#stage === "marker") return 4;
    if (this.#stage === "tag") return tagBytes;
    if (this.#stage === "footer-length") return 2;
    if (this.#stage === "footer") return this.#footerBytes;
    // The marker of a framed body has been read before.
    if (this.#kind === "single") return singleHeadBytes;
    return (this.#kind === "final" ? finalHeadBytes : regularHeadBytes) - 4;
  }

  #accept(piece: Buffer, proven: Buffer[]): void {
    if (this.#stage === "footer-length") {
      this.#footerBytes = piece.readUInt16BE();
      // No signature of these curves is longer, and none is empty.
      if (this.#footerBytes === 0 || this.#footerBytes > longestPieceBytes) throw decryptionFailed();
      this.#stage = "footer";
      return;
    }
    if (this.#stage === "footer") return this.#footer(piece, proven);
    this.#verifier?.update(piece);
    if (this.#stage === "marker") return this.#marker(piece.readUInt32BE());
    if (this.#stage === "head") return this.#head(piece);
    this.#tag(piece, proven);
  }

  #marker(value: number): void {
    this.#stage = "head";
    this.#kind = value === finalMarker ? "final" : "frame";
    if (this.#kind === "frame") this.#advance(value);
  }

  #advance(sequence: number): void {
    this.#sequence += 1;
    if (sequence !== this.#sequence) throw decryptionFailed();
    if (sequence > this.#limits.frames) throw overLimit("Frames", sequence, this.#limits.frames, "limits.frames");
  }

  #head(head: Buffer): void {
    const { frameBytes } = this.#header;
    if (this.#kind === "frame") return this.#begin(head, frameBytes);
    if (this.#kind === "final") {
      this.#advance(head.readUInt32BE());
      const length = head.readUInt32BE(16);
      if (length > frameBytes) throw decryptionFailed();
      return this.#begin(head.subarray(4), length);
    }
    this.#advance(1);
    const length = head.readUInt32BE(12) * 2 ** 32 + head.readUInt32BE(16);
    // SP 800-38D §5.2.1.1: 2^36 − 32 bytes.
    if (length > 2 ** 36 - 32) throw decryptionFailed();
    if (length > this.#limits.frameBytes) {
      throw overLimit("Bytes of a message without frames", length, this.#limits.frameBytes, "limits.frameBytes");
    }
    this.#begin(head, length);
  }

  #begin(iv: Buffer, length: number): void {
    const limit = this.#limits.plaintextBytes;
    this.#plaintextBytes += length;
    if (this.#plaintextBytes > limit) {
      throw overLimit("Bytes of plaintext", this.#plaintextBytes, limit, "limits.plaintextBytes");
    }
    const { suite } = this.#header;
    const aad = this.#aad().of(this.#sequence, length);
    this.#decipher = gcmDecipher(suite.keyBytes, this.#key, iv.subarray(0, 12), aad);
    this.#remaining = length;
    this.#stage = length === 0 ? "tag" : "content";
  }

  #aad(): BodyAad {
    const { messageId } = this.#header;
    if (this.#kind !== "frame") return new BodyAad(messageId, this.#kind);
    return (this.#regular ??= new BodyAad(messageId, "frame"));
  }

  #tag(tag: Buffer, proven: Buffer[]): void {
    try {
      this.#decipher?.setAuthTag(tag);
      this.#decipher?.final();
    } catch {
      throw decryptionFailed();
    }
    const isLast = this.#kind !== "frame";
    if (isLast && this.#verifier !== undefined) {
      this.#stage = "footer-length";
      return;
    }
    this.#unverified.release(proven);
    this.#stage = isLast ? "done" : "marker";
  }

  #footer(signature: Buffer, proven: Buffer[]): void {
    if (this.#verifier?.holds(signature) !== true) throw decryptionFailed();
    this.#unverified.release(proven);
    this.#stage = "done";
  }
}
