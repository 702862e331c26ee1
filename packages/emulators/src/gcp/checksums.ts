/** Reflected Castagnoli polynomial. Source: RFC 3720 §12.1 and appendix B.4. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ ((remainder & 1) * POLYNOMIAL);
  return remainder >>> 0;
});

/** CRC32C, 0 to 2³² − 1. The emulator's own, so that it shares no library with the adapter that it tests. */
export function crc32c(bytes: Uint8Array): number {
  let checksum = 0xffffffff;
  for (const byte of bytes) checksum = (TABLE[(checksum ^ byte) & 0xff] ?? 0) ^ (checksum >>> 8);
  return (checksum ^ 0xffffffff) >>> 0;
}

/** A checksum as `google.protobuf.Int64Value`. */
export const checksumOf = (bytes: Uint8Array): { readonly value: string } => ({ value: String(crc32c(bytes)) });
