import { KmsError, type KmsErrorCode } from "@kms/core";
import { decryptionFailed } from "../errors.ts";

/** What came of asking one recipient (`crypto-rules` 9: it distinguishes no more). */
export type RecipientOutcome = "opened" | "unreachable" | "permission" | "state" | "not-for-this-recipient" | "failed";

/** One line of the tree: a recipient, or several of which any serves (`of`). */
export interface RecipientReport {
  /** The recipient's name, as its maker gave it. */
  readonly recipient: string;
  readonly outcome: RecipientOutcome;
  /** Those that were asked, in order. */
  readonly of?: readonly RecipientReport[] | undefined;
}

/** A report with the errors behind it; they reach callers only where the outcome is not about the message. */
export interface Attempt {
  readonly report: RecipientReport;
  readonly errors: readonly KmsError[];
}

const outcomes: Readonly<Partial<Record<KmsErrorCode, RecipientOutcome>>> = {
  UNAVAILABLE: "unreachable",
  THROTTLED: "unreachable",
  QUOTA_EXCEEDED: "unreachable",
  DEADLINE_EXCEEDED: "unreachable",
  CORRUPTED: "unreachable",
  CLOSED: "unreachable",
  UNKNOWN: "unreachable",
  PERMISSION_DENIED: "permission",
  UNAUTHENTICATED: "permission",
  POLICY_VIOLATION: "permission",
  NOT_FOUND: "state",
  INVALID_STATE: "state",
  NOT_READY: "state",
  STALE_HANDLE: "state",
  UNSUPPORTED: "state",
  // Of the store of own keys, or of who answered: the message may be as it was made.
  TAMPERED: "state",
  ROLLBACK_DETECTED: "state",
  WRONG_ROOT_KEY: "state",
};

/** What an error of a recipient comes to. */
export const outcomeOf = ({ code }: KmsError): RecipientOutcome => outcomes[code] ?? "failed";

// A caller that cancels asks nobody else; what was done and not recorded must be known; and a recipient that was made wrongly
// is no matter of the message. A key that may not unwrap (UNSUPPORTED) is one in another state: others are asked.
const ending: ReadonlySet<KmsErrorCode> = new Set<KmsErrorCode>(["CANCELLED", "AUDIT_FAILED", "INVALID_ARGUMENT"]);

/** Whether an error of one recipient ends the opening of the message: nobody else is asked. */
export const endsOpening = ({ code }: KmsError): boolean => ending.has(code);

// The one that another try or another right could change comes first.
const weight: readonly RecipientOutcome[] = ["opened", "unreachable", "permission", "state", "failed"];

/** The outcome of several recipients of which none served. */
export const gravest = (found: readonly RecipientOutcome[]): RecipientOutcome =>
  weight.find((outcome) => found.includes(outcome)) ?? "not-for-this-recipient";

const reports = new WeakMap<object, RecipientReport>();

/**
 * The tree of recipients behind an error of `decrypt` and its kin: who was asked and what came of it. `undefined` for an
 * error that was thrown before any was asked, or after one had opened the data key.
 */
export const recipientReport = (error: unknown): RecipientReport | undefined =>
  typeof error === "object" && error !== null ? reports.get(error) : undefined;

const codes: Readonly<Partial<Record<RecipientOutcome, KmsErrorCode>>> = {
  unreachable: "UNAVAILABLE",
  permission: "PERMISSION_DENIED",
  state: "INVALID_STATE",
};

/**
 * The error of a message that no recipient opened. About the message itself it is the opaque `DECRYPTION_FAILED`; where a
 * recipient could not be asked it is that recipient's error, or for several one with a line for each.
 */
export function notOpened({ report, errors }: Attempt): KmsError {
  const error = failureOf(report, errors);
  reports.set(error, report);
  return error;
}

function failureOf(report: RecipientReport, errors: readonly KmsError[]): KmsError {
  const code = codes[report.outcome];
  const telling = errors.find((error) => outcomeOf(error) === report.outcome);
  if (code === undefined) return decryptionFailed();
  if (report.of === undefined && telling !== undefined) return telling;
  const message = `No recipient opened the message:\n${lines(report, "").join("\n")}`;
  return new KmsError(code, message, { cause: telling, retryAfterMs: telling?.retryAfterMs });
}

/** The tree as text, one line a recipient. */
export function lines({ recipient, outcome, of = [] }: RecipientReport, indent: string): string[] {
  return [`${indent}${recipient}: ${outcome}`, ...of.flatMap((inner) => lines(inner, `${indent}  `))];
}
