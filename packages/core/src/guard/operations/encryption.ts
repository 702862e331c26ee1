import type { AssociatedData, Target } from "../../contract/driver.ts";
import type { Awaitable, OwnedBytes } from "../../contract/words.ts";
import { serialise, type CallerEntries } from "../../encoding/associated-data.ts";
import { concatBytes, equalBytes } from "../../encoding/bytes.ts";
import { KmsError } from "../../errors.ts";
import { decodeHeader, encodeHeader, headerDigest } from "../../keys/ciphertext-header.ts";
import type { PreparedVersion } from "../bound-key.ts";
import { drive, harmless } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import { isPromised } from "../promised.ts";
import { unsupported } from "../provider.ts";
import type { KeyTask } from "../task.ts";
import { protectingVersion } from "../versions.ts";
import {
  checkEntries,
  checkPlaintext,
  claimed,
  compareNamed,
  continueWith,
  encryptLocally,
  member,
  owned,
  questionOf,
} from "./use.ts";

/** What `encrypt` is given. */
export interface Plaintext {
  readonly plaintext: OwnedBytes;
  readonly entries: CallerEntries;
}
/** What `decrypt` and `decryptNative` are given. */
export interface Ciphertext {
  readonly ciphertext: OwnedBytes;
  readonly entries: CallerEntries;
  /** Of a ciphertext without our header; `decrypt` reads it out of the header. */
  readonly version?: string | undefined;
}

/** Header, then the provider's ciphertext under associated data that binds the header (`crypto-rules` 5). */
export const encrypt: Row<KeyTask, Plaintext, OwnedBytes> = {
  operation: "encrypt",
  effect: "protect",
  mutates: false,
  check: (task, { plaintext, entries }) => {
    claimed(task, "encrypt");
    checkPlaintext(task, plaintext.length);
    checkEntries(task, entries, plaintext.length, true);
  },
  question: (task) => questionOf(task, "protect"),
  work: (task, input) => continueWith(protectingVersion(task), (version) => seal(task, input, version)),
};

function seal(task: KeyTask, { plaintext, entries }: Plaintext, version: string | undefined): Awaitable<OwnedBytes> {
  const { key } = task;
  const prepared = key.prepared(version);
  if (key.row.operations.encrypt === "local") {
    return concatBytes(prepared.header, encryptLocally(task, key.signingVersion, plaintext));
  }
  const bound = serialise(entries, key.row.associatedData === "none" ? undefined : prepared.headerEntry);
  const encryptAt = member(task, "encrypt");
  const answer = drive(task, harmless, (call) => encryptAt(prepared.target, plaintext, bound, call));
  return continueWith(answer, (found) => {
    compareNamed(task, found, version);
    return concatBytes(prepared.header, found.bytes);
  });
}

/** The header must be the one that this handle's key writes, byte for byte; then the provider opens the rest. */
export const decrypt: Row<KeyTask, Ciphertext, OwnedBytes> = {
  operation: "decrypt",
  effect: "process",
  mutates: false,
  check: (task, { entries }) => {
    claimed(task, "decrypt");
    checkEntries(task, entries, 0, true);
  },
  question: (task) => questionOf(task, "process"),
  work: (task, { ciphertext, entries }) => {
    const prepared = matchHeader(task, ciphertext);
    const headerEntry = task.key.row.associatedData === "none" ? undefined : prepared.headerEntry;
    const body = ciphertext.subarray(prepared.header.length);
    const bound = serialise(entries, headerEntry);
    return namedInBytes(task, prepared.target.version, () => open(task, body, prepared.target, bound));
  },
};

/** Bytes that the vendor's own SDK made: no header, so nothing names a version but the caller. */
export const decryptNative: Row<KeyTask, Ciphertext, OwnedBytes> = {
  operation: "decrypt",
  effect: "process",
  mutates: false,
  check: (task, { entries, version }) => {
    claimed(task, "decrypt");
    checkEntries(task, entries, 0, false);
    if (version === undefined || task.key.row.version !== "provider") return;
    throw unsupported(task.provider.name, "decrypt", "a named version: there the provider finds it in the ciphertext");
  },
  question: (task) => questionOf(task, "process"),
  work: (task, { ciphertext, entries, version }) => {
    const { key } = task;
    const named =
      key.row.version === "provider" ? undefined : (version ?? key.memory.currentVersion ?? key.signingVersion);
    return open(task, ciphertext, key.prepared(named).target, serialise(entries, undefined));
  },
};

function open(task: KeyTask, body: OwnedBytes, target: Target, bound: AssociatedData): Awaitable<OwnedBytes> {
  task.version = target.version;
  const decryptAt = member(task, "decrypt");
  const answer = drive(task, harmless, (call) => decryptAt(target, body, bound, call));
  return continueWith(answer, (found) => {
    compareNamed(task, found, target.version);
    return owned(found.bytes);
  });
}

/**
 * Runs what opens bytes under the version that they name. One that the provider does not know is a defect of the bytes,
 * unless the handle pins it: the one opaque answer (`crypto-rules` 9).
 */
export function namedInBytes<R>(task: KeyTask, version: string | undefined, work: () => Awaitable<R>): Awaitable<R> {
  if (version === undefined || task.key.pinned(version) !== undefined) return work();
  const hidden = (error: unknown): never => {
    if (KmsError.isInstance(error) && error.code === "NOT_FOUND") throw refused("a version that the key does not have");
    throw error;
  };
  try {
    const answer = work();
    return isPromised(answer) ? answer.then(undefined, hidden) : answer;
  } catch (error) {
    return hidden(error);
  }
}

/** The version that a ciphertext's header names. Every difference is the one opaque answer (`crypto-rules` 5, 9). */
export function matchHeader(task: KeyTask, ciphertext: OwnedBytes): PreparedVersion {
  const { key, provider } = task;
  const likely = key.prepared(
    key.row.version === "provider" ? undefined : (key.memory.currentVersion ?? key.claims.signingVersion),
  );
  if (equalBytes(ciphertext.subarray(0, likely.header.length), likely.header)) return likely;
  const read = decodeHeader(ciphertext);
  if (read === undefined) throw refused("no header of ours");
  const { kind, keyId, keyVersion, algorithm } = read.header;
  const { claims, row } = key;
  if (kind !== claims.kind || algorithm !== claims.algorithm) throw refused("another kind or algorithm");
  if (!provider.driver.sameKey(keyId, claims.keyId)) throw refused("another key");
  if ((keyVersion === null) !== (row.version === "provider")) throw refused("a version out of place, or none");
  if (keyVersion !== null && !provider.driver.isVersion(keyVersion)) throw refused("an impossible version");
  const header = encodeHeader(read.header);
  if (!equalBytes(header, ciphertext.subarray(0, read.length))) throw refused("a header in another form");
  const prepared = key.prepared(keyVersion ?? undefined);
  // A replica's own header names another region of the same key: bound as it stands.
  return keyId === claims.keyId ? prepared : { target: prepared.target, header, headerEntry: headerDigest(header) };
}

const refused = (found: string): KmsError => new KmsError("DECRYPTION_FAILED", `The header shows ${found}.`);
