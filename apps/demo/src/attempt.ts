import type { AuditLogFault } from "@kms/audit";
import { KmsError, type CapabilityRow, type KmsErrorCode, type Operation, type State } from "@kms/core";

/** How something wrong is refused: by an error's code, by a verdict of `false`, or by the name and the place of an audit log's fault. */
export type Answer = KmsErrorCode | "false" | `${AuditLogFault}, line ${number}`;

/** Something wrong that was tried, and what came of it. */
export interface Refusal {
  readonly what: string;
  readonly expected: readonly Answer[];
  /** `accepted`: it was not refused at all. */
  readonly found: Answer | "accepted";
  /** With `INVALID_STATE`: the state that refused. */
  readonly state?: State | undefined;
  readonly ok: boolean;
}

/** Tries what must be refused. An error that is not the library's own is thrown on. */
export async function refusal(
  what: string,
  expected: Answer | readonly Answer[],
  attempt: () => Promise<unknown>,
): Promise<Refusal> {
  const wanted = typeof expected === "string" ? [expected] : expected;
  const answered = (found: Answer | "accepted", state?: State): Refusal => ({
    what,
    expected: wanted,
    found,
    state,
    ok: wanted.some((answer) => answer === found),
  });
  try {
    return answered((await attempt()) === false ? "false" : "accepted");
  } catch (error) {
    if (KmsError.isInstance(error)) return answered(error.code, error.state);
    throw error;
  }
}

/** What a back end does not take whole, or does not do: told by name, and no failure. */
export interface NotTaken {
  /** A file's name, or an algorithm. */
  readonly what: string;
  readonly operation: Operation;
  readonly code: "TOO_LARGE" | "UNSUPPORTED";
}

type Limits = CapabilityRow["limits"];

/** How large an input is, and what the back end's manifest says of its size. */
export interface Size {
  readonly lengthBytes: number;
  readonly minimumBytes: number | undefined;
  readonly maximumBytes: number | undefined;
}

/** The size of a plaintext; where the back end counts the associated data with it, that takes its part. */
export const plaintextSize = (
  lengthBytes: number,
  limits: Limits | undefined,
  entries: Readonly<Record<string, string>> = {},
): Size => ({
  lengthBytes,
  minimumBytes: limits?.minimumPlaintextBytes,
  maximumBytes: smaller(
    limits?.maximumPlaintextBytes,
    limits?.maximumTogetherBytes === undefined ? undefined : limits.maximumTogetherBytes - canonicalBytes(entries),
  ),
});
export const messageSize = (lengthBytes: number, limits: Limits | undefined): Size => ({
  lengthBytes,
  minimumBytes: limits?.minimumMessageBytes,
  maximumBytes: limits?.maximumMessageBytes,
});

const smaller = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

// A count, two lengths before each name and value, and the library's own entry: "kms-header" and 43 characters.
const canonicalBytes = (entries: Readonly<Record<string, string>>): number =>
  Object.entries({ ...entries, "kms-header": "0".repeat(43) })
    .flat()
    .reduce((sum, text) => sum + 2 + Buffer.byteLength(text), 2);

/** The code with which the manifest says that an input of this size is refused; undefined where it must be taken. */
export function refusalBySize({ lengthBytes, minimumBytes, maximumBytes }: Size): NotTaken["code"] | undefined {
  if (maximumBytes !== undefined && lengthBytes > maximumBytes) return "TOO_LARGE";
  return minimumBytes !== undefined && lengthBytes < minimumBytes ? "UNSUPPORTED" : undefined;
}

/** A refusal that the manifest announced: its code, and what it says. */
export interface Announced {
  readonly code: NotTaken["code"];
  readonly message: string;
}

/**
 * The answer, or a refusal that the manifest announces. A refusal that it does not announce is thrown on; an
 * answer where it announces a refusal is `TAMPERED`: a limit that is claimed and not kept.
 */
export async function unlessNotTaken<T>(
  announced: NotTaken["code"] | undefined,
  work: () => Promise<T>,
): Promise<{ readonly answer: T } | Announced> {
  let answer: T;
  try {
    answer = await work();
  } catch (error) {
    if (announced === undefined || !KmsError.isInstance(error) || error.code !== announced) throw error;
    return { code: announced, message: error.message };
  }
  if (announced === undefined) return { answer };
  throw new KmsError(
    "TAMPERED",
    `The manifest announces ${announced}, and yet the input was taken. Correct the manifest.`,
  );
}
