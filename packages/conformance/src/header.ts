import { concat, utf8 } from "./bytes.ts";

/** The fields of a ciphertext header, in order (`crypto-rules` 8). */
export interface HeaderFields {
  readonly kind: string;
  readonly keyId: string;
  readonly keyVersion: string | null;
  readonly algorithm: string;
}

/** The header as the rule writes it, built here a second time: `"kms" 0x01`, u16 length, four fields each u16 length and UTF-8; 0xFFFF for no version. */
export function buildHeader({ kind, keyId, keyVersion, algorithm }: HeaderFields): Uint8Array<ArrayBuffer> {
  const fields = concat(...[kind, keyId, keyVersion, algorithm].map(field));
  return concat(utf8("kms"), Uint8Array.of(1), u16(fields.length), fields);
}

/** The header that stands in front of these bytes. */
export const headerOf = (bytes: Uint8Array): Uint8Array =>
  bytes.subarray(0, 6 + (((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0)));

const field = (text: string | null): Uint8Array<ArrayBuffer> => {
  if (text === null) return u16(0xffff);
  const bytes = utf8(text);
  return concat(u16(bytes.length), bytes);
};

const u16 = (value: number): Uint8Array<ArrayBuffer> => Uint8Array.of(value >> 8, value & 0xff);
