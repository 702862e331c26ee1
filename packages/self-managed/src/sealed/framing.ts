/**
 * Parts for a MAC or digest in a row, each behind its length in bytes (u32, big-endian), so that no two lists of parts
 * are the same bytes. Text is UTF-8; a number is 8 bytes (u64, big-endian) and a safe integer from 0 on.
 */
export function frame(parts: readonly (Uint8Array | string | number)[]): Uint8Array {
  const lengths = parts.map((part) =>
    typeof part === "object" ? part.length : typeof part === "string" ? Buffer.byteLength(part) : 8,
  );
  const framed = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 0));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const length = lengths[index] ?? 0;
    at = framed.writeUInt32BE(length, at);
    if (typeof part === "object") framed.set(part, at);
    else if (typeof part === "string") framed.write(part, at);
    else framed.writeBigUInt64BE(BigInt(part), at);
    at += length;
  }
  return framed;
}
