/**
 * The SDK's error without the four ways that lead from it to secrets. `$response.body` leads over the socket to the headers
 * that were sent, a session token among them. An answer that could not be read (it has `$response`, but is no refusal of
 * AWS's) is quoted in the error, and could be plaintext or a data key. A refused signature is told with the request as it
 * should have been signed, token and all, from the second line on. What is no HTTP is borne whole, as Node received it
 * (`rawPacket`; under `fetch`, `data` of the cause). The last three are replaced by an error of the same name.
 */
export function withoutSecrets(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const unparsed = [cause, cause.cause].find(isOfParser);
  if (unparsed !== undefined) return standIn(unparsed, firstLine(unparsed.message));
  if (!("$response" in cause)) return inOneLine(cause);
  if (typeof cause.$response === "object" && cause.$response !== null) Reflect.set(cause.$response, "body", undefined);
  if ("$fault" in cause) return inOneLine(cause);
  return standIn(cause, "The answer could not be read; what it said is left out, since it may hold secrets.");
}

const isOfParser = (cause: unknown): cause is Error =>
  cause instanceof Error && "code" in cause && String(cause.code).startsWith("HPE_");

/** What an error says in its first line. */
export const firstLine = (message: string): string => /^[^\r\n]*/.exec(message)?.[0] ?? "";

const inOneLine = (cause: Error): Error => {
  const line = firstLine(cause.message);
  return line.length === cause.message.length ? cause : standIn(cause, line);
};

/** Another error, since the first one's stack quotes its message; with what `classify` goes by. */
function standIn(cause: Error, message: string): Error {
  const { name } = cause;
  const code = "code" in cause ? cause.code : undefined;
  return Object.assign(new Error(message), {
    name,
    code,
    $metadata: "$metadata" in cause ? cause.$metadata : undefined,
  });
}
