import { encryptOaep } from "../../algorithms/primitives.ts";
import type { Implementation } from "../../contract/capabilities.ts";
import type { KmsDriver, Named } from "../../contract/driver.ts";
import type { Awaitable, Bytes, CryptoOperation, OwnedBytes } from "../../contract/words.ts";
import type { CallerEntries } from "../../encoding/associated-data.ts";
import { KmsError } from "../../errors.ts";
import { usesOf } from "../../keys/action-configuration.ts";
import type { PolicyQuestion } from "../../keys/policy.ts";
import { isPromised } from "../promised.ts";
import { unsupported } from "../provider.ts";
import type { KeyTask } from "../task.ts";

/** How the key's row says that an operation is done. `INVALID_ARGUMENT` for the wrong purpose, `UNSUPPORTED` for what is not claimed. */
export function claimed(task: KeyTask, operation: CryptoOperation): Implementation {
  const { row, claims, provider } = task.key;
  const implementation = row.operations[operation];
  if (implementation !== undefined) return implementation;
  const uses = usesOf[claims.purpose];
  if (uses.includes(operation)) {
    throw unsupported(provider.name, operation, `${row.algorithm} (${row.protection}, ${row.origin})`);
  }
  throw new KmsError("INVALID_ARGUMENT", `A key for ${claims.purpose} cannot ${operation}; it can ${uses.join(", ")}.`);
}

/** A function of the driver that its manifest claims. */
export function member<N extends keyof KmsDriver>(task: KeyTask, name: N): NonNullable<KmsDriver[N]> {
  const found = task.provider.driver[name];
  if (found !== undefined) return found;
  throw unsupported(task.provider.name, task.operation, `${task.key.row.algorithm}: its driver has no ${name}`);
}

/** `TOO_LARGE` above the row's limit, `UNSUPPORTED` below its minimum. */
export function checkPlaintext(task: KeyTask, lengthBytes: number): void {
  const { limits } = task.key.row;
  checkLength(
    "plaintext",
    lengthBytes,
    limits.minimumPlaintextBytes,
    smaller(limits.maximumPlaintextBytes, task.key.algorithm.maximumPlaintextBytes),
  );
}

/** `TOO_LARGE` above the row's limit for messages, `UNSUPPORTED` below its minimum. */
export function checkMessage(task: KeyTask, lengthBytes: number): void {
  const { limits } = task.key.row;
  checkLength("message", lengthBytes, limits.minimumMessageBytes, limits.maximumMessageBytes);
}

// Its entry is `kms-header`, two lengths and 43 characters of base64url.
const headerEntryBytes = 2 + 10 + 2 + 43;

/** `UNSUPPORTED` for associated data where the algorithm takes none; `TOO_LARGE` above the row's limits, alone or with the plaintext. */
export function checkEntries(task: KeyTask, entries: CallerEntries, plaintextBytes: number, withHeader: boolean): void {
  const { associatedData, limits, algorithm } = task.key.row;
  if (associatedData === "none") {
    if (entries.sizeBytes === 0) return;
    throw new KmsError(
      "UNSUPPORTED",
      `${algorithm} takes no associated data here. Use an AES-256-GCM key, or an envelope over this one.`,
    );
  }
  if (limits.maximumAssociatedDataBytes === undefined && limits.maximumTogetherBytes === undefined) return;
  const bytes = withHeader ? Math.max(2, entries.sizeBytes) + headerEntryBytes : entries.sizeBytes;
  checkLength("associated data", bytes, undefined, limits.maximumAssociatedDataBytes);
  checkLength("plaintext with its associated data", bytes + plaintextBytes, undefined, limits.maximumTogetherBytes);
}

function checkLength(
  what: string,
  lengthBytes: number,
  minimum: number | undefined,
  maximum: number | undefined,
): void {
  if (maximum !== undefined && lengthBytes > maximum) {
    throw new KmsError("TOO_LARGE", `The ${what} has ${lengthBytes} bytes; this key takes ${maximum}.`);
  }
  if (minimum !== undefined && lengthBytes < minimum) {
    throw new KmsError(
      "UNSUPPORTED",
      `The ${what} has ${lengthBytes} bytes; this provider takes no fewer than ${minimum}.`,
    );
  }
}

const smaller = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

/** Compares what the answer names with what was asked: `TAMPERED` when another key or version answered. */
export function compareNamed(task: KeyTask, answer: Named, asked: string | undefined): void {
  const { claims, provider } = task.key;
  if (answer.id !== undefined && answer.id !== claims.keyId && !provider.driver.sameKey(answer.id, claims.keyId)) {
    throw new KmsError(
      "TAMPERED",
      `Another key answered ${task.operation} than the one asked. Do not use the answer; find out what stands between here and the provider.`,
    );
  }
  if (answer.version === undefined) return;
  if (asked !== undefined && answer.version !== asked) {
    throw new KmsError(
      "TAMPERED",
      `Another key version answered ${task.operation} than the one asked. Do not use the answer; find out what stands between here and the provider.`,
    );
  }
  task.version = answer.version;
}

/** `TAMPERED` for a signature or MAC of another length than the algorithm's; ECDSA signatures in DER may be shorter. */
export function checkProofLength(task: KeyTask, lengthBytes: number): void {
  const { family, signatureBytes } = task.key.algorithm;
  if (signatureBytes === undefined || lengthBytes === signatureBytes) return;
  if (family === "ecdsa" && lengthBytes > 0 && lengthBytes < signatureBytes) return;
  throw new KmsError(
    "TAMPERED",
    `${task.operation} was answered with ${lengthBytes} bytes, which ${task.key.claims.algorithm} never has. Do not use the answer.`,
  );
}

/** The driver's bytes as the caller's own: not shared, and never a view of something larger. */
export function owned(bytes: Bytes): OwnedBytes {
  const { buffer } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== bytes.length) return new Uint8Array(bytes);
  // A driver keeps no reference to its answer, so a Buffer that fills its memory becomes a plain array over the same.
  return Object.getPrototypeOf(bytes) === Uint8Array.prototype ? (bytes as OwnedBytes) : new Uint8Array(buffer);
}

/** Goes on at once where the answer is there, so that local work stays synchronous. */
export const continueWith = <A, R>(answer: Awaitable<A>, next: (answer: A) => Awaitable<R>): Awaitable<R> =>
  isPromised(answer) ? answer.then(next) : next(answer);

/** RSA-OAEP under the pinned public key of a version: local, reads no state. */
export const encryptLocally = (task: KeyTask, version: string, plaintext: Bytes): OwnedBytes =>
  owned(encryptOaep(task.key.algorithm, task.key.publicKey(version), plaintext));

/** What policy is asked about a use. Its age is asked about once the version is known. */
export const questionOf = (
  { key, operation }: KeyTask,
  effect: "protect" | "process",
  implementation: Implementation | undefined = key.row.operations[operation],
): PolicyQuestion => ({ algorithm: key.algorithm, protection: key.claims.protection, implementation, effect });
