import type { DriverHealth, ProviderHealth, Support } from "../contract/results.ts";
import type { Algorithm, Operation, Protection } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { readSettings } from "./arguments.ts";
import { GuardCall } from "./call.ts";
import { toKmsError } from "./failure.ts";
import type { Instance } from "./instance.ts";
import { insteadOf, matchingRows, type Provider } from "./provider.ts";

/** How an operation is done, by the provider's manifest; or why not, and what to do instead. */
export function supports(
  provider: Provider,
  operation: Operation,
  algorithm: Algorithm | undefined,
  protection: Protection | undefined,
): Support {
  const rows = matchingRows(provider, algorithm, protection);
  const implementation = rows.map((row) => row.operations[operation]).find((claim) => claim !== undefined);
  if (implementation !== undefined) return Object.freeze({ ok: true, implementation });
  const what = [algorithm ?? "any algorithm", protection].filter(Boolean).join(", ");
  const reason =
    rows.length === 0
      ? `Provider "${provider.name}" has no keys for ${what}.`
      : `Provider "${provider.name}" does not claim ${operation} for ${what}.`;
  return Object.freeze({ ok: false, reason, instead: insteadOf[operation] });
}

const noCheck: DriverHealth = { notes: ["The driver has no check of its own."] };

/** Asks every driver at once; one that does not answer is reported, not thrown. */
export async function health(instance: Instance, options: unknown): Promise<Readonly<Record<string, ProviderHealth>>> {
  const settings = readSettings(options, "describeKey", instance.timeoutMs);
  const notes = instanceNotes(instance);
  const asked = [...instance.providers.values()].map(async (provider): Promise<readonly [string, ProviderHealth]> => {
    const call = new GuardCall(instance, settings);
    const startedAt = instance.time.elapsed();
    const latencyMs = (): number => Math.max(0, instance.time.elapsed() - startedAt);
    try {
      const said = provider.driver.health === undefined ? noCheck : await call.within(provider.driver.health(call));
      const all = Object.freeze([...said.notes, ...notes, ...timeNotes(instance, said)]);
      return [provider.name, Object.freeze({ ...said, notes: all, ok: true, latencyMs: latencyMs() })];
    } catch (cause) {
      const { code } = toKmsError(cause, { operation: "describeKey", provider, keyId: undefined, mutates: false });
      return [provider.name, Object.freeze({ notes, ok: false, latencyMs: latencyMs(), error: code })];
    } finally {
      call.dispose();
    }
  });
  return Object.freeze(Object.fromEntries(await Promise.all(asked)));
}

/** What this instance itself lacks. */
const instanceNotes = (instance: Instance): readonly string[] =>
  [
    instance.sealer === undefined ? "No sealer: handles live in this process only." : undefined,
    instance.audit === undefined ? "No audit sink: nothing is recorded." : undefined,
    instance.time.leapt ? "The wall clock leapt: changes are refused until acknowledgeClock." : undefined,
  ].filter((note) => note !== undefined);

/** What becomes of effective time when the process ends. */
const timeNotes = ({ time }: Instance, { keepsTime }: DriverHealth): readonly string[] =>
  keepsTime === true || time.leapt ? [] : ["Effective time is kept per process only."];

/** `INVALID_ARGUMENT` for a count that is none. */
export function readRandomLength(value: unknown): number {
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= 1024) return Number(value);
  throw new KmsError("INVALID_ARGUMENT", "generateRandom gives 1 to 1,024 bytes a call.");
}
