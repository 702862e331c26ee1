import { Buffer } from "node:buffer";
import type { OwnedBytes } from "@kms/core";
import { owned, wipe } from "../bytes.ts";
import { decryptionFailed } from "../errors.ts";
import { parseHeader, type MessageHeader } from "../format/header.ts";
import type { BodyReader } from "../message/body-reader.ts";
import { openHeader, type OpenedHeader, type Opening } from "../message/open-header.ts";

/** Opens one message that comes in chunks of any size; holds at most its header and one frame. */
export class MessageOpener {
  readonly #opening: Opening;
  #head: Buffer[] = [];
  #headBytes = 0;
  #needed = 1;
  #body: BodyReader | undefined;
  #isRefused = false;
  /** What the header proved, once it did. */
  opened: OpenedHeader | undefined;

  constructor(opening: Opening) {
    this.#opening = opening;
  }

  /** The plaintext that a chunk proves. The errors of `decrypt`, the earliest that can be told; after one, no chunk is read. */
  async update(chunk: Buffer): Promise<OwnedBytes[]> {
    if (this.#body !== undefined) return this.#read(this.#body, chunk);
    if (this.#isRefused) throw decryptionFailed();
    try {
      return await this.#begin(chunk);
    } catch (error) {
      this.#isRefused = true;
      throw error;
    }
  }

  /** `DECRYPTION_FAILED` unless the message has come to its end. */
  final(): void {
    if (this.#body?.isDone !== true) throw decryptionFailed();
  }

  /** Overwrites the key and the plaintext held. */
  end(): void {
    this.#body?.end();
    this.#head = [];
  }

  async #begin(chunk: Buffer): Promise<OwnedBytes[]> {
    // A copy: the source may use its memory again.
    this.#head.push(Buffer.from(chunk));
    this.#headBytes += chunk.length;
    if (this.#headBytes < this.#needed) return [];
    const bytes = this.#head.length === 1 ? (this.#head[0] ?? chunk) : Buffer.concat(this.#head);
    const header = parseHeader(bytes, this.#opening.limits);
    if (typeof header === "number") {
      this.#head = [bytes];
      this.#needed = header;
      return [];
    }
    this.#head = [];
    return this.#read(await this.#open(header), bytes.subarray(header.lengthBytes));
  }

  async #open(header: MessageHeader): Promise<BodyReader> {
    const { opened, body } = await openHeader(header, this.#opening, undefined);
    this.#body = body;
    this.opened = opened;
    return body;
  }

  #read(body: BodyReader, chunk: Buffer): OwnedBytes[] {
    const proven: Buffer[] = [];
    try {
      body.read(chunk, proven);
    } catch (error) {
      wipe(proven);
      throw error;
    }
    return proven.map(owned);
  }
}
