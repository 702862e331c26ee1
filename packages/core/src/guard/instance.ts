import { randomId } from "../algorithms/primitives.ts";
import type { AuditSink, KmsOptions, PublicKeyCrypto, Sealer } from "../contract/options.ts";
import type { Providers } from "../contract/kms.ts";
import { KmsError } from "../errors.ts";
import { plainObject } from "../keys/configuration.ts";
import { shown } from "../keys/key-id.ts";
import { readPolicy, type Policy } from "../keys/policy.ts";
import type { GuardCall } from "./call.ts";
import { Memories } from "./memory.ts";
import { readProviders, type Provider } from "./provider.ts";
import { EffectiveTime } from "./time.ts";

const members: ReadonlySet<string> = new Set<keyof KmsOptions<Providers>>([
  "providers",
  "sealer",
  "policy",
  "audit",
  "actor",
  "audience",
  "authorize",
  "maxStateAgeMs",
  "timeoutMs",
  "concurrency",
  "retries",
  "publicKeyCrypto",
  "clock",
]);

/** On whose behalf methods act: an instance, and the actor of one `withActor` twin. */
export interface Caller {
  readonly instance: Instance;
  readonly actor: string | undefined;
}

/** What a `Kms` and all its `withActor` twins share. */
export class Instance {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly sealer: Sealer | undefined;
  readonly policy: Policy;
  readonly audit: AuditSink | undefined;
  readonly audience: string | undefined;
  readonly authorize: KmsOptions<Providers>["authorize"];
  readonly maxStateAgeMs: number;
  readonly timeoutMs: number | undefined;
  readonly retries: number;
  readonly publicKeyCrypto: readonly PublicKeyCrypto[];
  readonly time: EffectiveTime;
  readonly inFlight: Set<GuardCall> = new Set();
  /** Ends lists whose callers have not asked for the next entry: their outcomes are written before the sink goes. */
  readonly lists: Set<() => void | Promise<void>> = new Set();
  readonly memories: Memories = new Memories();
  readonly #name: string = randomId().slice(0, 12);
  #calls = 0;
  /** Counts changes to keys, so that what was read before one does not count after it. */
  changes = 0;
  #closing: Promise<void> | undefined;
  #drained: (() => void) | undefined;

  constructor(options: KmsOptions<Providers>) {
    const given = plainObject(options, "options of createKms") as unknown as KmsOptions<Providers>;
    for (const name of Object.keys(given)) {
      if (!members.has(name)) throw new KmsError("INVALID_ARGUMENT", `createKms has no option ${shown(name)}.`);
    }
    this.providers = readProviders(given.providers, count(given.concurrency, "concurrency", 1) ?? 64);
    this.sealer = given.sealer;
    this.policy = readPolicy(given.policy);
    this.audit = given.audit;
    this.audience = readName(given.audience, "audience");
    this.authorize = given.authorize;
    this.maxStateAgeMs = count(given.maxStateAgeMs, "maxStateAgeMs", 0) ?? 60_000;
    this.timeoutMs = count(given.timeoutMs, "timeoutMs", 1);
    this.retries = count(given.retries, "retries", 0) ?? 2;
    this.publicKeyCrypto = Object.freeze([...(given.publicKeyCrypto ?? [])]);
    this.time = new EffectiveTime(given.clock);
  }

  /** The driver under a name of the application's. `INVALID_ARGUMENT` for a name that it did not give. */
  provider(name: unknown): Provider {
    const provider = typeof name === "string" ? this.providers.get(name) : undefined;
    if (provider !== undefined) return provider;
    throw new KmsError(
      "INVALID_ARGUMENT",
      `There is no provider ${shown(name)}; there are ${[...this.providers.keys()].join(", ")}.`,
    );
  }

  /** Joins the intent and the outcome of one call; unique across processes. */
  nextCorrelation(): string {
    this.#calls += 1;
    return `${this.#name}-${this.#calls}`;
  }

  /** The sealer. `INVALID_ARGUMENT` where there is none. */
  get requiredSealer(): Sealer {
    if (this.sealer !== undefined) return this.sealer;
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Tokens need a sealer: give createKms one, such as hmacSealer or ed25519Sealer.",
    );
  }

  assertOpen(): void {
    if (this.#closing !== undefined) throw new KmsError("CLOSED", "This Kms was closed; make another by createKms.");
  }

  /** Ends calls under way with `CLOSED`, then drivers and the audit sink. The first failure of those is thrown after all were asked. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** A call that had something to interrupt is over, its outcome written. */
  leave(call: GuardCall): void {
    this.inFlight.delete(call);
    if (this.inFlight.size === 0) this.#drained?.();
  }

  async #close(): Promise<void> {
    for (const call of this.inFlight) call.interrupt("CLOSED");
    await Promise.allSettled([...this.lists].map(async (end) => end()));
    if (this.inFlight.size > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    const drivers = await Promise.allSettled([...this.providers.values()].map(async ({ driver }) => driver.close()));
    const sink = await Promise.allSettled([this.audit].map(async (audit) => audit?.close()));
    for (const ended of [...drivers, ...sink]) if (ended.status === "rejected") throw ended.reason as Error;
  }
}

/** The name of an actor or audience: 1 to 256 well-formed characters without control characters. */
export function readName(value: unknown, what: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" && /^[^\p{Cc}]{1,256}$/u.test(value) && value.isWellFormed()) return value;
  throw new KmsError("INVALID_ARGUMENT", `${what} is a text of 1 to 256 characters without control characters.`);
}

function count(value: unknown, what: string, minimum: number): number | undefined {
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && Number(value) >= minimum && Number(value) <= 2 ** 31 - 1) return Number(value);
  throw new KmsError("INVALID_ARGUMENT", `${what} is a whole number from ${minimum} to 2,147,483,647.`);
}
