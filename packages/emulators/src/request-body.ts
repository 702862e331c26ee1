/** The body of a request; `gone` when the client went away, `too-long` above the limit, of which no more is read. */
export async function readBody(
  incoming: AsyncIterable<unknown>,
  maximumBytes: number,
): Promise<Uint8Array | "gone" | "too-long"> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming) {
      if (!(chunk instanceof Uint8Array)) continue;
      length += chunk.length;
      if (length > maximumBytes) return "too-long";
      chunks.push(chunk);
    }
  } catch {
    return "gone";
  }
  return Buffer.concat(chunks);
}
