import { KmsError, type Bytes } from "@kms/core/driver";
import { present } from "./errors.ts";

/** A checksum as Google's messages carry it: `google.protobuf.Int64Value`. */
export interface Checksum {
  readonly value?: number | string | { readonly toString: () => string } | null | undefined;
}

/**
 * CRC32C over what is sent and what is answered. The SDK neither sends nor checks any (`provider-facts` T17), so each field
 * that has a checksum goes through here. It shows what a transport altered, not what an attacker did.
 */
export interface Checksums {
  /** The checksum to send with bytes. */
  readonly of: (bytes: Uint8Array) => { readonly value: number };
  /** Bytes of an answer, once their checksum is right: `CORRUPTED` for a wrong or missing one, naming the field. */
  readonly verified: (answered: Answered, checksum: Checksum | null | undefined, field: string) => Bytes;
  /**
   * The same for secret bytes, in memory of their own; the message that they came in is overwritten. The SDK cuts them out
   * of it, beside whatever else it held.
   */
  readonly verifiedSecret: (answered: Answered, checksum: Checksum | null | undefined, field: string) => Bytes;
}

/** Bytes as the SDK's types have them. Text would be base64 of a REST answer; gRPC gives bytes. */
export type Answered = Uint8Array | string | null | undefined;

/** Checksums by a CRC32C function, which is loaded with the SDK. */
export function checksumsBy(crc32c: (bytes: Uint8Array) => number): Checksums {
  const verified: Checksums["verified"] = (answered, checksum, field) => {
    const bytes = bytesOf(answered, field);
    const value = checksum?.value;
    if (value === undefined || value === null || Number(value) !== crc32c(bytes)) throw corrupted(field);
    return bytes;
  };
  return {
    of: (bytes) => ({ value: crc32c(bytes) }),
    verified,
    verifiedSecret: (answered, checksum, field) => {
      const bytes = bytesOf(answered, field);
      try {
        return new Uint8Array(verified(bytes, checksum, field));
      } finally {
        bytes.fill(0);
      }
    },
  };
}

/**
 * Google says of each checksum that was sent whether it compared it. `CORRUPTED` naming the first flag that is not set:
 * the checksum did not arrive, or was not looked at.
 */
export function confirmed(flags: Readonly<Record<string, boolean | null | undefined>>): void {
  for (const name of Object.keys(flags)) if (flags[name] !== true) throw corrupted(name);
}

/** What a failed checksum is: nothing of the answer may be used. Repeating is safe where nothing is changed by it. */
export const corrupted = (field: string): KmsError =>
  new KmsError(
    "CORRUPTED",
    `A checksum between here and Cloud KMS did not match, or was not confirmed: ${field}. The answer was thrown away.`,
    { outcome: "unknown" },
  );

function bytesOf(answered: Answered, field: string): Uint8Array {
  const bytes = present(answered, field);
  if (typeof bytes !== "string") return bytes;
  throw new KmsError(
    "UNKNOWN",
    `Cloud KMS answered text as ${field}, where bytes were expected; the client may not speak gRPC.`,
    {
      outcome: "unknown",
    },
  );
}
