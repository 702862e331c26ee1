import { readCount, readOptions } from "../options.ts";

/** What a message may hold before it is refused as `TOO_LARGE`. Each is checked before anything of that size is kept. */
export interface MessageLimits {
  /** Recipients (encrypted data keys), default 32. */
  readonly encryptedDataKeys?: number | undefined;
  /** Serialised associated data in the header, default and most 65,535 bytes. */
  readonly associatedDataBytes?: number | undefined;
  /** One frame's plaintext, and the whole of a message without frames; default 64 MiB. A stream holds one at a time. */
  readonly frameBytes?: number | undefined;
  /** Frames of a message, default and most 4,294,967,295. */
  readonly frames?: number | undefined;
  /** Plaintext of a message, default no limit. */
  readonly plaintextBytes?: number | undefined;
}

/** The limits in force. */
export type Limits = { readonly [N in keyof MessageLimits]-?: number };

/** Recipients of a message: what is read unless a caller says more, and what is written at most. */
export const usualDataKeys = 32;

const most = 2 ** 32 - 1;
const ranges = {
  encryptedDataKeys: { minimum: 1, maximum: 65_535, fallback: usualDataKeys },
  associatedDataBytes: { minimum: 0, maximum: 65_535, fallback: 65_535 },
  frameBytes: { minimum: 1, maximum: 2 ** 36 - 32, fallback: 64 * 2 ** 20 },
  frames: { minimum: 1, maximum: most, fallback: most },
  plaintextBytes: { minimum: 0, maximum: Infinity, fallback: Infinity },
} as const;

const names: ReadonlySet<string> = new Set(Object.keys(ranges));

/** Limits as given, defaults for the rest. `INVALID_ARGUMENT` for an unknown member or a number out of range. */
export function readLimits(given: MessageLimits | undefined): Limits {
  if (given === undefined) return defaults;
  const limits = readOptions(given, names);
  const read = (name: keyof MessageLimits): number => readCount(limits[name], `limits.${name}`, ranges[name]);
  return {
    encryptedDataKeys: read("encryptedDataKeys"),
    associatedDataBytes: read("associatedDataBytes"),
    frameBytes: read("frameBytes"),
    frames: read("frames"),
    plaintextBytes: read("plaintextBytes"),
  };
}

const defaults: Limits = readLimits({});
