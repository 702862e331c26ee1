import type * as Sdk from "@azure/keyvault-keys";
import type { CryptographyClient, KeyClient, KeyVaultKey } from "@azure/keyvault-keys";
import { KmsError, type Call, type Named, type VersionReference } from "@kms/core/driver";
import { ownCredential } from "./client/credential.ts";
import { FirstTurn } from "./client/first-turn.ts";
import { Signals, type LentSignal } from "./client/signals.ts";
import { versionClients } from "./client/version-clients.ts";
import { explained, type Answered } from "./errors.ts";
import { nameOf, parseKeyId, versionIdOf } from "./key-id.ts";
import type { AzureClients, CheckedOptions } from "./options.ts";
import type { Vault } from "./records.ts";

/**
 * What goes with every request: the call's signal, aborted by its deadline too, and a look at the raw answer. The SDK's own
 * timeout would be one timer more for what the signal does. Uses of a version share signals one after another (`Signals`);
 * questions about keys do not, since the SDK's paging holds on to one between two requests.
 */
export interface CallSettings {
  readonly abortSignal: AbortSignal;
  readonly onResponse: (response: RawAnswer) => void;
}
/** What the SDK shows of a raw answer. */
interface RawAnswer {
  readonly status: number;
  readonly headers: { readonly get: (name: string) => string | undefined };
  readonly request: { readonly method: string };
  readonly bodyAsText?: string | null;
  readonly parsedBody?: unknown;
}

/** The way to a vault or Managed HSM: one question at a time, each with the call's own deadline and cancellation. */
export interface Connection {
  readonly host: string;
  /** Asks about keys. The SDK is loaded and the client made with the first question. Errors are the SDK's without the request, for `classify`. */
  readonly ask: <R>(question: (keys: KeyClient, settings: CallSettings) => Promise<R>, call: Call) => Promise<R>;
  /**
   * Uses a version, and says who answered as the raw answer names it: the SDK's own `keyID` is what the client was made
   * with (`provider-facts` T2). Nothing names who verified.
   */
  readonly use: <R>(
    key: VersionReference,
    use: (client: CryptographyClient, settings: CallSettings) => Promise<R>,
    call: Call,
  ) => Promise<Named & { readonly answer: R }>;
  /** The SDK keeps no connection of its own to end. Asking is `CLOSED` from here on. */
  readonly close: () => Promise<void>;
}

const vaults = new WeakMap<object, Vault>();

/** Keeps which vault a driver reaches, for this adapter's functions beside the contract. Answers the driver. */
export function keepVault<D extends object>(driver: D, vault: Vault): D {
  vaults.set(driver, vault);
  return driver;
}

/** The vault of a driver that `azureKms` made; `UNSUPPORTED` for another provider's. */
export function vaultOf(driver: object): Vault {
  const vault = vaults.get(driver);
  if (vault !== undefined) return vault;
  throw new KmsError(
    "UNSUPPORTED",
    "This is an operation of Azure's, and the key is not one of a driver that azureKms made.",
  );
}

type KeysSdk = Pick<typeof Sdk, "KeyClient" | "CryptographyClient">;

/**
 * A connection that opens by itself. On the first question: `UNSUPPORTED` naming the package when the SDK is not installed.
 * `load` is for tests.
 */
export function connect(
  options: CheckedOptions,
  load: () => Promise<KeysSdk> = () => import("@azure/keyvault-keys"),
): Connection {
  let opened: AzureClients | undefined;
  let closed = false;
  const versions = versionClients();
  const keysTurn = new FirstTurn();
  const signals = new Signals();
  const open = async (): Promise<AzureClients> => {
    if (closed) throw new KmsError("CLOSED", "This driver of Azure was closed; make another one.");
    if (options.client !== undefined) return (opened = options.client);
    const sdk = await loadSdk(load);
    return (opened ??= makeClients(sdk, options, () => closed)); // once, however many calls came while the SDK was loaded
  };
  return {
    host: options.host,
    ask: async (question, call) => {
      const { keys } = await open();
      return answered(keysTurn, (settings) => question(keys, settings), asItIs, signalOf(call));
    },
    use: (key, use, call) => {
      const id = versionIdOf(key.id, key.version);
      const useBy = ({ cryptography }: AzureClients) => {
        const { client, turn } = versions.of(id, () => cryptography(namedAlone(key)));
        return answered(
          turn,
          (settings) => use(client, settings),
          (answer, kid) => named(key, id, answer, kid),
          signals.lend(call),
        );
      };
      return opened === undefined || closed ? open().then(useBy) : useBy(opened);
    },
    close: async () => {
      closed = true;
      versions.clear();
    },
  };
}

/**
 * Asks once, after the client's first request if this is another one, and reads the answer with the `kid` of the raw one,
 * which is kept also where the SDK stumbles over it. Whoever was interrupted while waiting asks for nothing.
 */
async function answered<A, R>(
  turn: FirstTurn,
  ask: (settings: CallSettings) => Promise<A>,
  read: (answer: A, kid: unknown) => R,
  { signal, end }: LentSignal,
): Promise<R> {
  let isWell = false;
  let last: RawAnswer | undefined;
  const settings: CallSettings = {
    abortSignal: signal,
    onResponse: (response) => {
      last = response;
    },
  };
  let isFirst = false;
  try {
    refuseInterrupted(signal);
    if (!turn.isOver) {
      isFirst = turn.begin();
      if (!isFirst) {
        await turn.over;
        refuseInterrupted(signal);
      }
    }
    const answer = await ask(settings);
    isWell = true;
    return read(answer, kidIn(last?.parsedBody));
  } catch (cause) {
    throw explained(cause, last === undefined ? undefined : refusalIn(last), signal);
  } finally {
    if (isFirst) turn.end();
    end(isWell);
  }
}

/** The call's own signal, which serves nobody else. */
const signalOf = ({ signal }: Call): LentSignal => ({ signal, end: () => undefined });

function refuseInterrupted({ aborted }: AbortSignal): void {
  if (aborted) throw new KmsError("CANCELLED", "The call was cancelled before Azure was asked.");
}

const asItIs = <A>(answer: A): A => answer;

const refusalIn = ({ status, headers, parsedBody }: RawAnswer): Answered =>
  status < 400 ? { status, headers } : { status, headers, refusal: parsedBody };

const kidIn = (body: unknown): unknown =>
  typeof body === "object" && body !== null && "kid" in body ? body.kid : undefined;

/** An answer, and who gave it. Compared before it is taken apart: nearly every answer names what was asked for. */
const named = <R>(key: VersionReference, id: string, answer: R, kid: unknown): Named & { readonly answer: R } =>
  kid === id ? { answer, id: key.id, version: key.version } : { answer, ...namedBy(kid) };

/** Who answered, as a raw answer's `kid` says. `TAMPERED` for one that names no version; nothing where there is none. */
function namedBy(kid: unknown): Named {
  if (kid === undefined) return { id: undefined, version: undefined };
  const named = typeof kid === "string" ? parseKeyId(kid) : undefined;
  if (named?.version !== undefined) {
    return { id: `https://${named.host}/keys/${named.name}`, version: named.version };
  }
  throw new KmsError("TAMPERED", "Azure named no key version as the one that answered; check what stands between.", {
    outcome: "unknown",
  });
}

/**
 * A version by its identifier alone, without key and dates: so the SDK fetches nothing, computes nothing here and leaves
 * dates and operations to the service (`provider-facts` T1, T3; `contract-fit` §1, Deactivated).
 */
const namedAlone = ({ id, version }: VersionReference): KeyVaultKey => {
  const name = nameOf(id);
  return { id: versionIdOf(id, version), name, properties: { name, vaultUrl: new URL(id).origin, version } };
};

function makeClients(sdk: KeysSdk, { host, credential }: CheckedOptions, isClosed: () => boolean): AzureClients {
  const own = ownCredential(credential, isClosed);
  // The guard retries, within the deadline. Each client is given options of its own: the SDK writes into them.
  const clientOptions = (): Sdk.KeyClientOptions => ({ retryOptions: { maxRetries: 0 } });
  return {
    keys: new sdk.KeyClient(`https://${host}`, own, clientOptions()),
    cryptography: (key) => new sdk.CryptographyClient(key, own, clientOptions()),
  };
}

async function loadSdk(load: () => Promise<KeysSdk>): Promise<KeysSdk> {
  try {
    return await load();
  } catch (cause) {
    throw new KmsError(
      "UNSUPPORTED",
      "@kms/azure needs the package @azure/keyvault-keys, which could not be loaded. Install it: npm install @azure/keyvault-keys",
      { cause },
    );
  }
}

/**
 * Secret bytes of an answer in memory of their own. The SDK cuts them out of a pool that it shares with others, where they
 * would lie in clear; that copy is overwritten. An empty plaintext comes as text (`provider-facts` T6).
 */
export function ownBytes(value: Uint8Array | string): Uint8Array {
  if (typeof value === "string") return new Uint8Array();
  if (value.byteLength === value.buffer.byteLength) return value;
  const own = new Uint8Array(value);
  value.fill(0);
  return own;
}
