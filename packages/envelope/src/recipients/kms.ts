import { Buffer } from "node:buffer";
import {
  KmsError,
  type EncryptedDataKey,
  type KeyHandle,
  type Kms,
  type OwnedBytes,
  type ProcessOptions,
} from "@kms/core";
import type { Awaitable } from "../after.ts";
import { invalidArgument } from "../errors.ts";
import { maximumAssociatedDataBytes } from "../format/associated-data.ts";
import { readOptions } from "../options.ts";
import { entriesFor, reading, within, type KmsKey } from "./kms-call.ts";
import { reuseUnwrapped, reuseWrapped } from "./kms-reuse.ts";
import type { GeneratedDataKey, Recipient, Unwrapped, WrapRequest } from "./recipient.ts";
import { endsOpening, outcomeOf } from "./report.ts";

/** Options of `kmsRecipient`. */
export interface KmsRecipientOptions {
  /** Reading under a key that is Suspended or Compromised; see `ProcessOptions` of the contract. */
  readonly accept?: ProcessOptions["accept"];
}

const members: ReadonlySet<string> = new Set<keyof KmsRecipientOptions>(["accept"]);

/**
 * The holder of a provider's key, by way of `Kms`: policy, restriction, `authorize` and audit see every wrap and unwrap. Data
 * keys are the provider's own (`generateDataKey`, `wrapDataKey`, `unwrapDataKey`), so that those of AWS are what the
 * official keyrings read and write. An RSA key binds no associated data and proves no sender; for such a key none is passed.
 * `kms` is what `createKms` made, not a copy or something around it: `cachedRecipient` asks it for leave, and gets none from others.
 * The errors of those methods; `INVALID_ARGUMENT` for a key that wraps no data keys, or whose provider this `Kms` does not have.
 */
export function kmsRecipient(kms: Kms, key: KeyHandle, options?: KmsRecipientOptions): Recipient {
  const { accept } = readOptions(options, members);
  const held: KmsKey = Object.freeze({ kms, key, accept, bindsAssociatedData: takesAssociatedData(kms, key) });
  const name = `${key.provider} ${key.keyId}`;
  return Object.freeze<Recipient>({
    name,
    generate: (lengthBytes, request) => generate(held, lengthBytes, request),
    wrap: async (dataKey, request) => [await kms.wrapDataKey(key, dataKey, entriesFor(held, request), within(request))],
    reuse: (use, dataKey, request) => reuseWrapped(held, use, dataKey, request),
    unwrap: (encrypted, lengthBytes, request) => unwrap(held, name, { encrypted, lengthBytes, request }),
  });
}

function takesAssociatedData(kms: Kms, key: KeyHandle): boolean {
  checkGiven(kms, key);
  const { provider, algorithm } = key;
  const row = kms.capabilities(provider).rows.find((found) => found.algorithm === algorithm);
  if (row?.operations.unwrapDataKey !== undefined) return row.associatedData !== "none";
  throw invalidArgument(
    "make a recipient of the key",
    `${provider} wraps no data keys under ${algorithm}`,
    "Give a key that encrypts, and the Kms that made its handle.",
  );
}

function checkGiven(kms: Partial<Kms> | undefined, key: KeyHandle | undefined): void {
  if (typeof kms?.capabilities === "function" && typeof key?.keyId === "string") return;
  throw invalidArgument(
    "make a recipient of the key",
    "there is no Kms or no handle",
    "Give what createKms made, and a handle of it.",
  );
}

async function generate(held: KmsKey, lengthBytes: 16 | 24 | 32, request: WrapRequest): Promise<GeneratedDataKey> {
  const { kms, key } = held;
  const made = await kms.generateDataKey(key, lengthBytes, entriesFor(held, request), within(request));
  return { dataKey: made.plaintext, encrypted: [made.encrypted] };
}

interface ToUnwrap {
  readonly encrypted: readonly EncryptedDataKey[];
  readonly lengthBytes: number;
  readonly request: WrapRequest;
}

/**
 * Data keys whose information begins with the key's id are asked for first. The rest only where there is none such, since
 * a provider may know the key by another name (AWS: replicas of a multi-Region key); its driver compares, and calls
 * nobody about a name that is not the key's.
 */
async function unwrap(held: KmsKey, recipient: string, given: ToUnwrap): Promise<Unwrapped> {
  const id = Buffer.from(held.key.keyId);
  const askable = given.encrypted.filter((encrypted) => isAskable(held, encrypted, given.request));
  const named = askable.filter((encrypted) => names(encrypted, id));
  const errors: KmsError[] = [];
  for (const encrypted of named.length > 0 ? named : askable) {
    const found = await tryOne(held, encrypted, given.request);
    if (found instanceof Uint8Array) {
      if (found.length === given.lengthBytes) {
        const reuse = (request: WrapRequest): Awaitable<void> => reuseUnwrapped(held, encrypted, request);
        return { dataKey: found, report: { recipient, outcome: "opened" }, errors: [], reuse };
      }
      found.fill(0);
    } else {
      errors.push(found);
      const outcome = outcomeOf(found);
      // The provider's own refusals are not about one data key.
      if (outcome !== "failed") return { dataKey: undefined, report: { recipient, outcome }, errors };
    }
  }
  const outcome = named.length > 0 ? "failed" : "not-for-this-recipient";
  return { dataKey: undefined, report: { recipient, outcome }, errors };
}

/** Whether the guard takes it at all: whoever wrote the message may have written anything. */
const isAskable = (held: KmsKey, { providerId }: EncryptedDataKey, request: WrapRequest): boolean =>
  providerId !== "" &&
  providerId.length <= 255 &&
  (!held.bindsAssociatedData ||
    (request.associatedDataBytes.length <= maximumAssociatedDataBytes &&
      Object.keys(request.associatedData).every((name) => !/^(?:$|__proto__$|kms-)/.test(name))));

// The id alone, or the id and a version behind a slash.
const names = ({ providerInfo }: EncryptedDataKey, id: Buffer): boolean =>
  id.equals(providerInfo.subarray(0, id.length)) && [undefined, 0x2f].includes(providerInfo[id.length]);

async function tryOne(held: KmsKey, encrypted: EncryptedDataKey, request: WrapRequest): Promise<OwnedBytes | KmsError> {
  const { kms, key } = held;
  try {
    return await kms.unwrapDataKey(key, encrypted, entriesFor(held, request), reading(held, request));
  } catch (error) {
    if (!KmsError.isInstance(error) || endsOpening(error)) throw error;
    return error;
  }
}
