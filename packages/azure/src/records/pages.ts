import type { KeyClient } from "@azure/keyvault-keys";
import { KmsError, type Call } from "@kms/core/driver";
import type { CallSettings, Connection } from "../client.ts";

/**
 * The pages of a list, one question each. `TAMPERED` for a page whose next one is not at this vault's own address: what stands
 * between may have written that, and the SDK would follow it, with whatever the other host then asks for.
 */
export async function* pages<P>(
  connection: Connection,
  list: (keys: KeyClient, settings: CallSettings) => AsyncIterator<P>,
  call: Call,
): AsyncGenerator<P> {
  let iterator: AsyncIterator<P> | undefined;
  let body: unknown;
  // The SDK keeps the settings of the first page for all of them.
  let current: CallSettings | undefined;
  const onResponse: CallSettings["onResponse"] = (response) => {
    body = response.parsedBody;
    current?.onResponse(response);
  };
  for (;;) {
    const page = await connection.ask((keys, settings) => {
      current = settings;
      return (iterator ??= list(keys, { ...settings, onResponse })).next();
    }, call);
    if (page.done === true) return;
    refuseElsewhere(connection.host, body);
    yield page.value;
  }
}

function refuseElsewhere(host: string, body: unknown): void {
  if (typeof body !== "object" || body === null || !("nextLink" in body)) return;
  const { nextLink } = body;
  if (typeof nextLink !== "string" || originOf(nextLink, host) === `https://${host}`) return;
  throw new KmsError(
    "TAMPERED",
    "The next page of a list was said to be at another address than the vault's. It was not asked for; check what stands between.",
  );
}

/** `undefined` for what is no address; the port of https itself, which Azure writes, is none. */
function originOf(link: string, host: string): string | undefined {
  try {
    return new URL(link, `https://${host}`).origin;
  } catch {
    return undefined; // the SDK would make of it what it likes
  }
}
