import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { decryptFile, describeMessage, encrypt, type Recipient } from "@kms/envelope";
import { refusal, type Refusal } from "../attempt.ts";
import { extended, flipped } from "../forging.ts";
import { assert, associatedDataOf, sampleOf, type Scene } from "../scene.ts";

const frameBytes = 16;
// Two frames of 16 bytes and a last one of 8: with numbers, initialisation vectors and tags 48 bytes each.
const plaintextBytes = 40;
const writtenFrameBytes = 48;
// From the message format: type of content, length of a frame, commitment and tag end the header.
const tagBytes = 16;
const commitmentBytes = 32;
const contentTypeBytes = 1 + 4;

/** The parts of a message of three frames. */
interface Parts {
  readonly header: Uint8Array;
  readonly frames: readonly [Uint8Array, Uint8Array, Uint8Array];
}

/**
 * Messages that somebody changed, each opened from a file into another, which had content before: each must be refused,
 * and the other file and its folder must be as they were. `TAMPERED` when they are not, or when the message that nobody
 * changed does not open. `other` is a recipient of whose messages none may open.
 */
export async function tamperedMessages(
  scene: Scene,
  recipient: Recipient,
  other: Recipient | undefined,
): Promise<readonly Refusal[]> {
  const { document, bytes } = sampleOf(scene.documents);
  const associatedData = associatedDataOf(document);
  const plaintext = Uint8Array.from({ length: plaintextBytes }, (_, index) => bytes[index % bytes.length] ?? 0);
  const message = await encrypt(recipient, plaintext, associatedData, { frameBytes });
  const opening = openingIn(scene, recipient);
  const opened = await opening.open(message, associatedData);
  assert(Buffer.compare(opened, plaintext) === 0, "A message that nobody changed opens to other bytes.");
  const changes: (readonly [string, Uint8Array, Readonly<Record<string, string>>])[] = [
    ...changedBytes(partsOf(message)).map(([what, changed]) => [what, changed, associatedData] as const),
    ["another file's name", message, { ...associatedData, file: `${document.name}.bak` }],
    ["an entry more", message, { ...associatedData, tenant: "42" }],
    ["that was never one", plaintext, associatedData],
  ];
  if (other !== undefined) {
    changes.push(["for another key", await encrypt(other, plaintext, associatedData, { frameBytes }), associatedData]);
  }
  const refusals: Refusal[] = [];
  for (const [what, changed, entries] of changes) {
    const wording = changed === message ? `message, associated data: ${what}` : `message ${what}`;
    refusals.push(await refusal(wording, "DECRYPTION_FAILED", () => opening.open(changed, entries)));
    await opening.checkUntouched();
  }
  return refusals;
}

function partsOf(message: Uint8Array): Parts {
  const { headerBytes } = describeMessage(message);
  const frame = (index: number): Uint8Array =>
    message.slice(headerBytes + index * writtenFrameBytes, headerBytes + (index + 1) * writtenFrameBytes);
  assert(message.length === headerBytes + 3 * writtenFrameBytes, "A message does not have the frames it was to have.");
  return { header: message.slice(0, headerBytes), frames: [frame(0), frame(1), frame(2)] };
}

function changedBytes({ header, frames }: Parts): readonly (readonly [string, Uint8Array])[] {
  const [first, second, last] = frames;
  const joined = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
  const whole = joined(header, first, second, last);
  const flippedAt = (what: string, at: number) => [`with one bit flipped in ${what}`, flipped(whole, at)] as const;
  const body = header.length;
  return [
    flippedAt("its version", 0),
    flippedAt("its id", 10),
    flippedAt("its associated data", 3 + 32 + 2 + 2 + 2),
    flippedAt("a wrapped data key", body - tagBytes - commitmentBytes - contentTypeBytes - 1),
    flippedAt("its commitment", body - tagBytes - 1),
    flippedAt("its header's tag", body - 1),
    flippedAt("a frame's number", body + 3),
    flippedAt("a frame's content", body + 4 + 12),
    flippedAt("a frame's tag", body + writtenFrameBytes - 1),
    flippedAt("its last tag", whole.length - 1),
    ["with two frames swapped", joined(header, second, first, last)],
    ["without one of its frames", joined(header, first, last)],
    ["without its last frame", joined(header, first, second)],
    ["cut within a frame", whole.slice(0, body + writtenFrameBytes + 20)],
    ["cut within its header", whole.slice(0, body - 20)],
    ["one byte short", whole.slice(0, -1)],
    ["one byte long", extended(whole)],
  ];
}

/** Opens messages from a file into another, in a folder that has nothing else. */
function openingIn({ folder }: Scene, recipient: Recipient) {
  const here = folder.below("changed-messages");
  const content = "what was there before";
  const [message, target] = ["message", "target"];
  const open = async (bytes: Uint8Array, associatedData: Readonly<Record<string, string>>): Promise<Uint8Array> => {
    await here.write(message, bytes);
    await here.write(target, content);
    await decryptFile(recipient, join(here.path, message), join(here.path, target), { associatedData });
    const opened = await readFile(join(here.path, target));
    await rm(join(here.path, target));
    return opened;
  };
  const checkUntouched = async (): Promise<void> => {
    const names = await readdir(here.path);
    // One that was accepted, which is told as such, has replaced it.
    if (!names.includes(target)) return;
    assert(names.length === 2, "A refused message left a file beside the one that it was to replace.");
    assert((await here.readText(target)) === content, "A refused message replaced a file, or part of it.");
  };
  return { open, checkUntouched };
}
