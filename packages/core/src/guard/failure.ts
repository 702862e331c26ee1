import type { ErrorClassification } from "../contract/driver.ts";
import type { KmsErrorCode, Operation } from "../contract/words.ts";
import { KmsError, type KmsErrorDetails } from "../errors.ts";
import { nativeState } from "../keys/states.ts";
import { Interruption } from "./call.ts";
import type { Provider } from "./provider.ts";

const advice: Readonly<Partial<Record<KmsErrorCode, string>>> = {
  INVALID_ARGUMENT: "The provider refused an argument; its own error is the cause.",
  NOT_FOUND:
    "The provider has no such key, or not in this region, vault or project. Check the key id and the provider's configuration.",
  ALREADY_EXISTS: "A key of this name exists. Choose another name, or adopt the key by getKey.",
  PERMISSION_DENIED: "The provider denied it. Grant the permission named, or use another principal.",
  UNAUTHENTICATED:
    "The provider did not accept the credentials. Check that they are there, current and for this account.",
  INVALID_STATE: "The key's state does not allow it. describeKey tells the state.",
  UNSUPPORTED: "The provider does not support it for this key.",
  CONFLICT: "Something else changed the key at the same time. Read the key, then decide again.",
  THROTTLED: "The provider asks for fewer calls. Try again later, or raise the quota.",
  QUOTA_EXCEEDED: "A quota of the account is used up; only its operator can raise it.",
  UNAVAILABLE: "The provider could not be reached or failed. Try again later.",
  CORRUPTED: "A checksum over the transport did not match. Try again.",
  DEADLINE_EXCEEDED: "The call's time was over. Give more time by timeoutMs, or try again.",
  CANCELLED: "The caller's signal was aborted.",
  CLOSED: "The instance was closed.",
  NOT_READY: "The key is not ready yet. Try again later.",
};

const afterUnknown = "Whether the change happened is not known. Look at what is there, then decide again.";

/** Where a failure came from. */
export interface FailureContext {
  readonly operation: Operation;
  readonly provider: Provider;
  readonly keyId: string | undefined;
  /** The call changes something at the provider. */
  readonly mutates: boolean;
}

/**
 * Anything thrown, as one `KmsError` with what the guard knows filled in. A driver's own `KmsError` keeps its code and
 * message; a vendor's error goes through the driver's table. For calls that change nothing, the outcome is "none".
 */
export function toKmsError(cause: unknown, context: FailureContext): KmsError {
  const { operation, provider, mutates } = context;
  const said = KmsError.isInstance(cause) ? cause : translate(cause, context);
  if (said.code === "DECRYPTION_FAILED") {
    const answer = opaque(operation, said.requestId);
    if (!mutates) return answer;
    // Of a change it is told all the same what became of it, and of which key.
    return amended(answer, { provider: provider.name, keyId: said.keyId ?? context.keyId, outcome: said.outcome });
  }
  return amended(said, {
    operation: said.operation ?? operation,
    provider: said.provider ?? provider.name,
    keyId: said.keyId ?? context.keyId,
    outcome: mutates ? said.outcome : "none",
    cause: KmsError.isInstance(cause) ? cause.cause : cause,
  });
}

/** The same failure, said anew: with another code or message, or with details put in, over or (by undefined) left out. */
export function amended(
  error: KmsError,
  changes: KmsErrorDetails & { readonly code?: KmsErrorCode; readonly message?: string },
): KmsError {
  const { operation, provider, keyId, state, permission, retryAfterMs, outcome, requestId, cause } = error;
  const details = { operation, provider, keyId, state, permission, retryAfterMs, outcome, requestId, cause };
  return new KmsError(changes.code ?? error.code, changes.message ?? error.message, { ...details, ...changes });
}

/** One answer to anything wrong in bytes that an attacker can alter; nothing but the request id tells cases apart (`crypto-rules` 9). */
export const opaque = (operation: Operation, requestId?: string): KmsError =>
  new KmsError(
    "DECRYPTION_FAILED",
    "The ciphertext, its associated data and this key do not belong together, or one of them was altered.",
    { operation, requestId },
  );

/** What an interruption is before anything was begun at the provider. */
export const interrupted = ({ code }: Interruption): KmsError =>
  new KmsError(code, `Nothing was begun. ${advice[code] ?? ""}`);

/** What lay under an opaque failure, for the audit event alone: the vendor's error name, or the driver's own words. */
export const diagnosticOf = (cause: unknown): string | undefined => {
  if (KmsError.isInstance(cause)) return cause.message;
  return cause instanceof Error ? cause.name : undefined;
};

/** What a table says of a failure; with advice where the table itself failed. */
type Said = ErrorClassification & { readonly advice?: string };

const interruption = ({ code }: Interruption): Said => ({ code, outcome: "unknown" });

/** `UNKNOWN` where the driver's table fails over what it was given: a call ends, and is recorded, all the same. */
function classified(cause: unknown, { operation, provider }: FailureContext): Said {
  try {
    return provider.driver.classify(cause, operation);
  } catch (broken) {
    const name = broken instanceof Error ? broken.name : typeof broken;
    return {
      code: "UNKNOWN",
      outcome: "unknown",
      advice: `Its driver's classify threw ${name} over the cause: tell the driver's authors.`,
    };
  }
}

function translate(cause: unknown, context: FailureContext): KmsError {
  const { operation, provider, mutates } = context;
  const said = cause instanceof Interruption ? interruption(cause) : classified(cause, context);
  const { code, state, permission } = said;
  const found = [
    `${operation} at provider "${provider.name}" failed with ${code}.`,
    permission === undefined ? undefined : `The permission asked for is ${permission}.`,
    said.advice ?? (mutates && said.outcome === "unknown" ? afterUnknown : advice[code]),
  ];
  return new KmsError(code, found.filter(Boolean).join(" "), {
    state: state === undefined ? undefined : nativeState(state),
    permission,
    retryAfterMs: said.retryAfterMs,
    outcome: said.outcome,
    requestId: said.requestId,
  });
}
