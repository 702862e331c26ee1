import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import type { CallOptions, OwnedBytes } from "@kms/core";
import { after, type Awaitable } from "../after.ts";
import { allocate } from "../bytes.ts";
import { cacheOf } from "../cache/cached-recipient.ts";
import { invalidArgument } from "../errors.ts";
import { filtered, readEntries, type Entries } from "../format/associated-data.ts";
import { headerBytes, messageIdIn, tagBytes, writeHeader, type HeaderContent } from "../format/header-writer.ts";
import { suiteOf, type Suite, type WrittenSuiteId } from "../format/suites.ts";
import { deriveKeys } from "../key-derivation.ts";
import { Deadline, readCount, readOptions } from "../options.ts";
import { gcmCipher } from "../primitives.ts";
import { checkRecipient } from "../recipients/check-recipient.ts";
import type { Recipient } from "../recipients/recipient.ts";
import { checkEncrypt, readCommitmentPolicy, type CommitmentPolicy } from "./commitment-policy.ts";
import { FrameSealer } from "./frame-sealer.ts";
import { freshMaterials, type EncryptionMaterials } from "./materials.ts";

/** Options of everything that makes a message. */
export interface EncryptOptions extends CallOptions {
  /**
   * Default 0x0478. 0x0578 adds a signature by a fresh key, which is thrown away after the message; under `cachedRecipient` it is
   * kept with the data key and signs all messages of that. See the README for what it proves.
   */
  readonly suite?: WrittenSuiteId | undefined;
  /** Plaintext of every frame but the last: 1 to 2^32 − 1 bytes, default 65,536, of streams and files 262,144. A reader holds one. */
  readonly frameBytes?: number | undefined;
  /** Names of entries that the message does not store: whoever opens it must give them. Default none. */
  readonly requiredOnDecrypt?: readonly string[] | undefined;
  /** Default `require-encrypt-require-decrypt`. `forbid-encrypt-allow-decrypt` makes no message: `POLICY_VIOLATION`. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
}

/** The names of the options that make a message. */
export const encryptOptionNames: readonly (keyof EncryptOptions)[] = [
  "suite",
  "frameBytes",
  "requiredOnDecrypt",
  "commitmentPolicy",
  "signal",
  "timeoutMs",
];
const names: ReadonlySet<string> = new Set(encryptOptionNames);

/**
 * Of messages made whole: 64 KiB, by measurement. A round trip of 1 MiB takes 5.0 times bare AES-GCM at 4 KiB (the official
 * default), 2.1 at 16 KiB, 1.5 at 64 KiB, 1.4 at 256 KiB and 1.2 at 1 MiB; but every reader holds a frame, and waits for all of it.
 */
const wholeFrameBytes = 65_536;
/**
 * Of streams and files: 256 KiB, by measurement. A frame costs 15 µs there and back beside its bytes, which a stream feels
 * at 64 KiB and hardly at 256 KiB; and its short-lived buffers are fewer, so that 1 GiB takes hardly more memory than 64 MiB.
 */
export const streamFrameBytes = 262_144;

/** What a new message is to be, checked. */
export interface NewMessage {
  readonly recipient: Recipient;
  readonly suite: WrittenSuiteId;
  readonly entries: Entries;
  readonly required: ReadonlySet<string>;
  readonly frameBytes: number;
  readonly deadline: Deadline;
}

const noNames: ReadonlySet<string> = new Set();

/** Reads the arguments of everything that makes a message. */
export function readNewMessage(
  recipient: Recipient,
  associatedData: unknown,
  given: EncryptOptions | undefined,
  defaultFrameBytes: number = wholeFrameBytes,
): NewMessage {
  checkRecipient(recipient);
  const options = readOptions(given, names);
  const { suite = 0x0478, requiredOnDecrypt } = options;
  if (suite !== 0x0478 && suite !== 0x0578) {
    throw invalidArgument("make a message", "this suite is not written", "Choose 0x0478 or 0x0578.");
  }
  checkEncrypt(readCommitmentPolicy(options.commitmentPolicy));
  const range = { minimum: 1, maximum: 2 ** 32 - 1, fallback: defaultFrameBytes };
  const frameBytes = readCount(options.frameBytes, "frameBytes", range);
  const entries = readEntries(associatedData, "encrypt");
  const required = requiredOnDecrypt === undefined ? noNames : readRequired(requiredOnDecrypt, entries);
  return { recipient, suite, entries, required, frameBytes, deadline: new Deadline(options) };
}

function readRequired(given: readonly string[], { map }: Entries): ReadonlySet<string> {
  const required = new Set(Array.isArray(given) ? (given as readonly string[]) : []);
  if (required.size === 0 || [...required].some((name) => typeof name !== "string" || !Object.hasOwn(map, name))) {
    throw invalidArgument(
      "use requiredOnDecrypt",
      "it names what is no entry of the associated data, or nothing",
      "Give names of entries, or leave it out.",
    );
  }
  return required;
}

/** A message whose header is written. */
export interface BegunMessage {
  /** The header's bytes and those asked for beyond them, in memory of their own. */
  readonly bytes: Buffer;
  readonly headerBytes: number;
  readonly frames: FrameSealer;
  readonly privateKey: KeyObject | undefined;
}

/** How much is to come, where that is known beforehand. */
export interface ToCome {
  readonly plaintextBytes: number | undefined;
  /** Room to leave behind the header. */
  readonly bodyBytes: number;
}

/** Gets a data key and writes the header at the front of new memory with room for `bodyBytes` more. */
export function beginMessage(message: NewMessage, { plaintextBytes, bodyBytes }: ToCome): Awaitable<BegunMessage> {
  const { recipient, suite, entries, deadline } = message;
  const cache = cacheOf(recipient);
  deadline.check();
  const materials =
    cache === undefined
      ? freshMaterials(recipient, suite, entries, deadline)
      : cache.encryption.materials({ suite, entries, bytes: plaintextBytes, deadline });
  return after(materials, (found) => seal(message, found, bodyBytes));
}

function seal(message: NewMessage, materials: EncryptionMaterials, bodyBytes: number): BegunMessage {
  const { dataKey, encrypted, entries, privateKey } = materials;
  try {
    const { required, frameBytes } = message;
    const suite = suiteOf(message.suite);
    if (suite === undefined) throw new TypeError("the suite was checked before");
    const stored = required.size === 0 ? entries : filtered(entries, (name) => !required.has(name));
    const content = {
      suite: message.suite,
      stored: stored.bytes,
      encryptedDataKeys: encrypted,
      frameBytes,
    };
    const unstored = required.size === 0 ? undefined : filtered(entries, (name) => required.has(name));
    return writeSealed(suite, content, { dataKey, unstored, bodyBytes, privateKey });
  } finally {
    dataKey.fill(0);
  }
}

interface Sealing {
  readonly dataKey: OwnedBytes;
  readonly unstored: Entries | undefined;
  readonly bodyBytes: number;
  readonly privateKey: KeyObject | undefined;
}

function writeSealed(suite: Suite, content: HeaderContent, sealing: Sealing): BegunMessage {
  const size = headerBytes(content);
  const bytes = allocate(size + sealing.bodyBytes);
  const commitmentAt = writeHeader(bytes, content);
  // A stream hands its header out before it makes frames.
  const messageId = sealing.bodyBytes === 0 ? Buffer.from(messageIdIn(bytes)) : messageIdIn(bytes);
  const { key, commitment = Buffer.alloc(0) } = deriveKeys(suite, sealing.dataKey, messageId);
  bytes.set(commitment, commitmentAt);
  bytes.set(headerTag(key, bytes.subarray(0, size - tagBytes), sealing.unstored), size - tagBytes);
  return { bytes, headerBytes: size, frames: new FrameSealer(key, messageId), privateKey: sealing.privateKey };
}

const zeroIv: Buffer = Buffer.alloc(12);

/** The tag over header and unstored associated data. It is made once: never again under the same message id (`crypto-rules` 24). */
function headerTag(key: Buffer, body: Buffer, unstored: Entries | undefined): Buffer {
  const covered = unstored === undefined ? body : Buffer.concat([body, unstored.bytes]);
  const cipher = gcmCipher(32, key, zeroIv, covered);
  cipher.final();
  return cipher.getAuthTag();
}
