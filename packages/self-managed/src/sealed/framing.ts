/**
 * Parts for a MAC or digest, each behind its length in bytes (u32, big-endian), so that no two lists of parts are the
 * same bytes. Text is UTF-8; a number is 8 bytes (u64, big-endian) and a safe integer from 0 on. Nothing is copied.
 */
export function frame(parts: readonly (Uint8Array | string | number)[]): readonly Uint8Array[] {
  return parts.flatMap((part) => {
    const bytes = typeof part === "object" ? part : typeof part === "string" ? Buffer.from(part) : u64(part);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
}

function u64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
