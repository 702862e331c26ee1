import { Buffer } from "node:buffer";
import type { CallOptions, OwnedBytes, StringMap } from "@kms/core";
import { after, type Awaitable } from "../after.ts";
import { cacheOf } from "../cache/cached-recipient.ts";
import type { ToOpen } from "../cache/decryption-cache.ts";
import { decryptionFailed } from "../errors.ts";
import { answered, filtered, publicKeyEntry, readEntries, united, type Entries } from "../format/associated-data.ts";
import type { MessageHeader } from "../format/header.ts";
import { readLimits, type Limits, type MessageLimits } from "../format/limits.ts";
import type { SuiteId } from "../format/suites.ts";
import { deriveKeys } from "../key-derivation.ts";
import { Deadline, readOptions } from "../options.ts";
import { equalSecrets, gcmDecipher } from "../primitives.ts";
import { checkUnwrapped } from "../recipients/attempt.ts";
import { checkRecipient } from "../recipients/check-recipient.ts";
import type { Recipient, Unwrapped } from "../recipients/recipient.ts";
import { notOpened, type RecipientReport } from "../recipients/report.ts";
import { BodyReader } from "./body-reader.ts";
import { checkSuite, readCommitmentPolicy, type CommitmentPolicy } from "./commitment-policy.ts";
import { wrapRequest } from "./materials.ts";
import { verifierOf, type MessageVerifier } from "./message-verifier.ts";

/** Options of everything that opens a message. */
export interface DecryptOptions extends CallOptions {
  /** Default `require-encrypt-require-decrypt`: only suites that commit are opened. */
  readonly commitmentPolicy?: CommitmentPolicy | undefined;
  readonly limits?: MessageLimits | undefined;
}

/** The names of the options that open a message. */
export const decryptOptionNames: readonly (keyof DecryptOptions)[] = [
  "commitmentPolicy",
  "limits",
  "signal",
  "timeoutMs",
];
const names: ReadonlySet<string> = new Set(decryptOptionNames);

/** What a message's header proved, once its tag was checked. */
export interface OpenedHeader {
  /** All entries that the message is bound to: those it stores and those that were given. The map inherits nothing. */
  readonly associatedData: StringMap;
  /** Names of those that the message does not store: they were given. */
  readonly unstored: readonly string[];
  readonly suite: SuiteId;
  /** Who was asked for the data key, and what came of it. */
  readonly recipients: RecipientReport;
}

/** How a message is to be opened, checked. */
export interface Opening {
  readonly recipient: Recipient;
  readonly given: Entries;
  readonly policy: CommitmentPolicy;
  readonly limits: Limits;
  readonly deadline: Deadline;
}

/** Reads the arguments of everything that opens a message. */
export function readOpening(recipient: Recipient, associatedData: unknown, given?: DecryptOptions): Opening {
  checkRecipient(recipient);
  const options = readOptions(given, names);
  return {
    recipient,
    given: readEntries(associatedData, "decrypt"),
    policy: readCommitmentPolicy(options.commitmentPolicy),
    limits: readLimits(options.limits),
    deadline: new Deadline(options),
  };
}

/** A message whose header is proven: its body can be read. */
export interface OpenedMessage {
  readonly opened: OpenedHeader;
  readonly body: BodyReader;
}

/**
 * Gets the data key of a header and proves the header with it: commitment first, then the tag. `POLICY_VIOLATION` for a
 * suite that the policy does not read; the errors of `notOpened`; `DECRYPTION_FAILED` for everything else.
 */
export function openHeader(
  header: MessageHeader,
  opening: Opening,
  bodyBytes: number | undefined,
): Awaitable<OpenedMessage> {
  const { recipient, given, policy, deadline } = opening;
  deadline.check();
  checkSuite(policy, header.suite);
  const verifier = verifierOf(header, given);
  // Where the message stores an entry that was given, the two must be the same.
  const all = united(header.stored, given);
  if (all === undefined) throw decryptionFailed();
  const cache = cacheOf(recipient)?.decryption;
  if (cache === undefined) {
    const request = wrapRequest(all, deadline);
    const answer = recipient.unwrap(header.encryptedDataKeys, header.suite.keyBytes, request);
    return after(answer, (unwrapped) =>
      prove(header, opening, { all, verifier, unwrapped: checkUnwrapped(unwrapped) }),
    );
  }
  const wanted: ToOpen = { header, policy, entries: all, bytes: bodyBytes, deadline };
  return after(cache.unwrap(wanted), (unwrapped) => {
    const proven = (dataKey: OwnedBytes): void => cache.keep(wanted, unwrapped, dataKey);
    const unproven = (): void => cache.giveBack(wanted, unwrapped);
    return prove(header, opening, { all, verifier, unwrapped, proven, unproven });
  });
}

interface Found {
  readonly all: Entries;
  readonly verifier: MessageVerifier | undefined;
  readonly unwrapped: Unwrapped;
  /** Told of a data key that proved the header. */
  readonly proven?: ((dataKey: OwnedBytes) => void) | undefined;
  /** Told that the data key did not. */
  readonly unproven?: (() => void) | undefined;
}

function prove(header: MessageHeader, opening: Opening, found: Found): OpenedMessage {
  const { all, verifier, unwrapped } = found;
  const { dataKey, report } = unwrapped;
  if (dataKey === undefined) throw notOpened(unwrapped);
  const covered = unstored(header, opening.given);
  let key: Buffer;
  try {
    key = provenKey(header, dataKey, covered);
    found.proven?.(dataKey);
  } catch (error) {
    found.unproven?.();
    throw error;
  } finally {
    dataKey.fill(0);
  }
  verifier?.update(header.body);
  if (header.suite.version === 1) verifier?.update(header.iv);
  verifier?.update(header.tag);
  const opened = Object.freeze({
    associatedData: answered(header.suite.signature === undefined ? all : filtered(all, isTheirs)),
    unstored: covered?.names ?? [],
    suite: header.suite.id,
    recipients: report,
  });
  return { opened, body: new BodyReader(header, key, opening.limits, verifier) };
}

const isTheirs = (name: string): boolean => name !== publicKeyEntry;

/** Entries that were given and the message does not store: the header's tag covers them. */
const unstored = ({ stored }: MessageHeader, given: Entries): Entries | undefined =>
  given.names.every((name) => Object.hasOwn(stored.map, name))
    ? undefined
    : filtered(given, (name) => !Object.hasOwn(stored.map, name));

function provenKey(header: MessageHeader, dataKey: OwnedBytes, covered: Entries | undefined): Buffer {
  const { suite, messageId, body, iv, tag } = header;
  if (dataKey.length !== suite.keyBytes) throw decryptionFailed();
  const { key, commitment } = deriveKeys(suite, dataKey, messageId);
  const isCommitted = commitment === undefined || equalSecrets(commitment, header.commitment ?? Buffer.alloc(0));
  if (isCommitted && tagHolds(gcmDecipher(suite.keyBytes, key, iv, aadOf(body, covered)), tag)) return key;
  key.fill(0);
  throw decryptionFailed();
}

const aadOf = (body: Buffer, covered: Entries | undefined): Buffer =>
  covered === undefined ? body : Buffer.concat([body, covered.bytes]);

function tagHolds(decipher: ReturnType<typeof gcmDecipher>, tag: Buffer): boolean {
  try {
    decipher.setAuthTag(tag);
    decipher.final();
    return true;
  } catch {
    return false;
  }
}
