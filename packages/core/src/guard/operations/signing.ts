import { sha, verifyLocally } from "../../algorithms/primitives.ts";
import type { Implementation } from "../../contract/capabilities.ts";
import type { Answer, SignInput } from "../../contract/driver.ts";
import type { Signature } from "../../contract/results.ts";
import type { Awaitable, OwnedBytes } from "../../contract/words.ts";
import { withLowS } from "../../encoding/der.ts";
import { KmsError } from "../../errors.ts";
import { broughtCrypto, broughtImplementation } from "../brought-crypto.ts";
import { drive, harmless } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import { unsupported } from "../provider.ts";
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

/** What `verify` is given: the version that is named, or none: then every pinned one, newest first. */
export interface SignedMessage {
  readonly message: OwnedBytes;
  readonly signature: OwnedBytes;
  readonly version: string | undefined;
}

/** Signs with the newest version that the handle pins; the message is hashed here where the provider takes digests. */
export const sign: Row<KeyTask, { readonly message: OwnedBytes }, Signature> = {
  operation: "sign",
  effect: "protect",
  mutates: false,
  check: (task, { message }) => {
    claimed(task, "sign");
    checkMessage(task, message.length);
  },
  question: (task) => questionOf(task, "protect"),
  work: (task, { message }) => {
    const target = task.key.versionReference(pinnedVersion(task));
    const input = signInput(task, message);
    const signAt = member(task, "sign");
    const answer = drive(task, harmless, (call) => signAt(target, input, call));
    return continueWith(answer, (found) => signed(task, found, target.version));
  },
};

function signed(task: KeyTask, answer: Answer, version: string): Signature {
  compareNamed(task, answer, version);
  checkProofLength(task, answer.bytes.length);
  const bytes = task.key.algorithm.curve === "secp256k1" ? lowS(answer.bytes) : answer.bytes;
  return Object.freeze({ bytes: owned(bytes), keyVersion: version, algorithm: task.key.claims.algorithm });
}

function lowS(der: Uint8Array): Uint8Array {
  try {
    return withLowS(der);
  } catch (cause) {
    throw new KmsError("TAMPERED", "The provider answered bytes that are no signature in DER. Do not use them.", {
      cause,
    });
  }
}

/** What the row asks to be signed. No implicit pre-hash: an algorithm that takes messages gets the message (`crypto-rules` 11). */
function signInput(task: KeyTask, message: OwnedBytes): SignInput {
  const { row, algorithm } = task.key;
  if (row.signInput !== "digest") {
    if (row.signInput === "external-mu") {
      throw unsupported(task.provider.name, "sign", `${row.algorithm}: this runtime makes no external mu`);
    }
    return { kind: "message", bytes: message };
  }
  if (algorithm.digest === undefined) {
    throw unsupported(task.provider.name, "sign", `${row.algorithm}: it has no digest`);
  }
  return { kind: "digest", hash: algorithm.digest, bytes: sha(algorithm.digest, message) };
}

/** Local, against pinned public keys, unless the handle says `verifyAt: "provider"`. False only when the signature is wrong. */
export const verify: Row<KeyTask, SignedMessage, boolean> = {
  operation: "verify",
  effect: "process",
  mutates: false,
  check: (task, { message }) => {
    claimed(task, "verify");
    if (atProvider(task)) checkMessage(task, message.length);
  },
  question: (task) => questionOf(task, "process", implementationOf(task)),
  work: (task, input) => {
    const { key } = task;
    if (input.version !== undefined) {
      if (key.pinned(input.version) === undefined) throw stale(key.claims.keyId);
      task.version = input.version;
      return verdict(task, input, input.version);
    }
    if (key.claims.versions.length === 0) throw stale(key.claims.keyId);
    const versions = key.claims.versions.map(({ version }) => version).reverse();
    return anyVersion(versions, (version) =>
      continueWith(verdict(task, input, version), (valid) => valid && named(task, version)),
    );
  },
};

/** What policy is told: local verification that another package brings is JavaScript unless it says "native". */
function implementationOf(task: KeyTask): Implementation | undefined {
  const { claims, row, algorithm } = task.key;
  if (atProvider(task) || algorithm.family !== "ml-dsa") return row.operations.verify;
  return broughtImplementation(task.instance, claims.algorithm, "verify") ?? row.operations.verify;
}

const atProvider = (task: KeyTask): boolean => task.key.claims.restriction?.verifyAt === "provider";

function verdict(task: KeyTask, { message, signature }: SignedMessage, version: string): Awaitable<boolean> {
  if (!atProvider(task)) return verdictHere(task, message, signature, version);
  const target = task.key.versionReference(version);
  const input = signInput(task, message);
  const verifyAt = member(task, "verify");
  const answer = drive(task, harmless, (call) => verifyAt(target, input, signature, call));
  return continueWith(answer, (found) => {
    compareNamed(task, found, version);
    return found.valid === true;
  });
}

// Named in the audit only when it fits.
const named = (task: KeyTask, version: string): true => {
  task.version = version;
  return true;
};

function verdictHere(task: KeyTask, message: OwnedBytes, signature: OwnedBytes, version: string): boolean {
  const { key, instance } = task;
  const { algorithm } = key.claims;
  if (key.algorithm.family !== "ml-dsa") {
    return verifyLocally(key.algorithm, key.publicKey(version), message, signature);
  }
  const spki = key.pinned(version)?.publicKey?.spki;
  const brought = broughtCrypto(instance, algorithm, "verify");
  if (spki === undefined) throw stale(key.claims.keyId);
  if (brought?.verify !== undefined) return brought.verify(algorithm, new Uint8Array(spki), message, signature);
  throw new KmsError(
    "UNSUPPORTED",
    `This runtime has no ${algorithm}. Give createKms a publicKeyCrypto that has it, or restrict the handle to verifyAt: "provider".`,
  );
}

const stale = (keyId: string): KmsError =>
  new KmsError(
    "STALE_HANDLE",
    "This handle does not pin the key version that is named; refreshHandle reads the provider and pins it.",
    { keyId },
  );
