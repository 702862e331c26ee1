import type { Answer } from "../../contract/driver.ts";
import type { Mac } from "../../contract/results.ts";
import type { Awaitable, OwnedBytes } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { drive, harmless } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import type { KeyTask } from "../task.ts";
import { anyVersion, pinnedVersion } from "../versions.ts";
import {
  checkMessage,
  checkProofLength,
  claimed,
  compareNamed,
  continueWith,
  member,
  owned,
  questionOf,
} from "./use.ts";

/** What `verifyMac` is given: the version that is named, or none: then every pinned one, newest first. */
export interface AuthenticatedMessage {
  readonly message: OwnedBytes;
  readonly mac: OwnedBytes;
  readonly version: string | undefined;
}

/** A full-length HMAC with the newest version that the handle pins. */
export const generateMac: Row<KeyTask, { readonly message: OwnedBytes }, Mac> = {
  operation: "generateMac",
  effect: "protect",
  mutates: false,
  check: (task, { message }) => {
    claimed(task, "generateMac");
    checkMessage(task, message.length);
  },
  question: (task) => questionOf(task, "protect"),
  work: (task, { message }) => {
    const target = task.key.versionReference(pinnedVersion(task));
    const generateAt = member(task, "generateMac");
    const answer = drive(task, harmless, (call) => generateAt(target, message, call));
    return continueWith(answer, (found) => made(task, found, target.version));
  },
};

function made(task: KeyTask, answer: Answer, version: string): Mac {
  compareNamed(task, answer, version);
  checkProofLength(task, answer.bytes.length);
  return Object.freeze({ bytes: owned(answer.bytes), keyVersion: version, algorithm: task.key.claims.algorithm });
}

/** Any version of the key may have made it; the provider compares. */
export const verifyMac: Row<KeyTask, AuthenticatedMessage, boolean> = {
  operation: "verifyMac",
  effect: "process",
  mutates: false,
  check: (task, { message }) => {
    claimed(task, "verifyMac");
    checkMessage(task, message.length);
  },
  question: (task) => questionOf(task, "process"),
  work: (task, input) => {
    if (input.version !== undefined) return verdict(task, input, input.version);
    const versions = task.key.claims.versions.map(({ version }) => version).reverse();
    if (versions.length === 0) throw stale(task.key.claims.keyId);
    return anyVersion(versions, (version) => verdict(task, input, version));
  },
};

const stale = (keyId: string): KmsError =>
  new KmsError("STALE_HANDLE", "This handle knows no version of its key; refreshHandle reads the provider.", { keyId });

function verdict(task: KeyTask, { message, mac }: AuthenticatedMessage, version: string): Awaitable<boolean> {
  const target = task.key.versionReference(version);
  task.version = version;
  const verifyAt = member(task, "verifyMac");
  const answer = drive(task, harmless, (call) => verifyAt(target, message, mac, call));
  return continueWith(answer, (found) => {
    compareNamed(task, found, version);
    return found.valid === true;
  });
}
