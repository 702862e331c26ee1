/**
 * Parts for a MAC or digest in a row, each behind its length in bytes (u32, big-endian), so that no two lists of parts
 * are the same bytes. Text is UTF-8; a number is 8 bytes (u64, big-endian) and a safe integer from 0 on.
 */
export function frame(parts: readonly (Uint8Array | string | number)[]): Uint8Array {
  let total = 0;
  for (const part of parts) total += 4 + lengthOf(part);
  const framed = Buffer.allocUnsafe(total);
  let at = 0;
  for (const part of parts) {
    const length = lengthOf(part);
    at = framed.writeUInt32BE(length, at);
    if (typeof part === "object") framed.set(part, at);
    else if (typeof part === "string") framed.write(part, at);
    else framed.writeBigUInt64BE(BigInt(part), at);
    at += length;
  }
  return framed;
}

const lengthOf = (part: Uint8Array | string | number): number =>
  typeof part === "object" ? part.length : typeof part === "string" ? Buffer.byteLength(part) : 8;
