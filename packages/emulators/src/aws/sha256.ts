import { digest, hmac } from "../primitives.ts";

/** What can be hashed: text as UTF-8, or bytes. */
type HashInput = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, or HMAC-SHA-256 when given a secret, in the shape that `@smithy/signature-v4` asks for. */
export class Sha256 {
  readonly #secret: Uint8Array | undefined;
  #chunks: Uint8Array[] = [];

  constructor(secret?: HashInput) {
    this.#secret = secret === undefined ? undefined : bytesOf(secret);
  }

  /** Adds bytes to what is hashed. */
  update(chunk: HashInput): void {
    this.#chunks.push(bytesOf(chunk));
  }

  /** The 32-byte result. */
  async digest(): Promise<Uint8Array> {
    const bytes = Buffer.concat(this.#chunks);
    return this.#secret === undefined ? digest("sha256", bytes) : hmac("sha256", this.#secret, bytes);
  }

  /** Forgets what was added. */
  reset(): void {
    this.#chunks = [];
  }
}

function bytesOf(input: HashInput): Uint8Array {
  if (typeof input === "string") return new TextEncoder().encode(input);
  return ArrayBuffer.isView(input)
    ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
    : new Uint8Array(input);
}
