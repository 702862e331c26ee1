import type { KeyHandle } from "@kms/core";
import { dayMs, start, type Session } from "../session.ts";
import { rootOf, type Stage } from "../stage.ts";
import { made, type MadeUse } from "../uses.ts";

/** What was done with a key when a scenario was acknowledged: the key, and what its newest version made then. */
export interface Acknowledged {
  readonly keyId?: string | undefined;
  readonly use?: MadeUse | undefined;
}

/** One change of a store. It resolves once the store has acknowledged the change. */
export interface Scenario {
  readonly name: string;
  /** Where the clock stands, in milliseconds. */
  readonly at: number;
  readonly act: (session: Session, stage: Stage) => Promise<KeyHandle<"AES-256-GCM"> | undefined>;
}

const soon = start + dayMs;
const afterDestruction = start + 40 * dayMs;
const algorithm = "AES-256-GCM";

const handleOf = ({ kms }: Session, name: string): Promise<KeyHandle<"AES-256-GCM">> =>
  kms.getKey("own", name, { algorithm });

const scenario = (name: string, act: Scenario["act"], at = soon): Scenario => ({ name, at, act });

/** Nothing but opening and closing the store. */
const reopen = scenario("reopen", async () => undefined);

/** Every change that a store takes. A key that is Active afterwards is answered: its use is acknowledged too. */
export const scenarios: readonly Scenario[] = [
  reopen,
  scenario("create key", ({ kms }) => kms.generateKey("own", { algorithm, name: "created" })),
  scenario("import", ({ kms }) => kms.importKey("own", { algorithm, name: "imported" }, new Uint8Array(32).fill(0x5a))),
  scenario("rotate", async (session) => session.kms.rotateKey(await handleOf(session, "subject"))),
  scenario("disable", async (session) => {
    await session.kms.disableKey(await handleOf(session, "subject"));
    return undefined;
  }),
  scenario("enable", async (session) => {
    const key = await handleOf(session, "disabled");
    await session.kms.enableKey(key);
    return key;
  }),
  scenario("revoke", async (session) => {
    await session.kms.revokeKey(await handleOf(session, "subject"), "key-compromise");
    return undefined;
  }),
  scenario("schedule destruction", async (session) => {
    await session.kms.scheduleDestruction(await handleOf(session, "subject"));
    return undefined;
  }),
  scenario("cancel destruction", async (session) => {
    await session.kms.cancelDestruction(await handleOf(session, "scheduled"));
    return undefined;
  }),
  scenario(
    "complete destruction",
    async (session) => {
      await session.kms.getDestructionReceipt(await handleOf(session, "scheduled"));
      return undefined;
    },
    afterDestruction,
  ),
  scenario("add slot", async ({ store }, stage) => {
    await store.addSlot(rootOf(stage, "first"), rootOf(stage, "third"));
    return undefined;
  }),
  scenario("remove slot", async ({ store }, stage) => {
    await store.removeSlot(rootOf(stage, "first"), stage.secondSlot ?? "");
    return undefined;
  }),
];

/** The scenario of a name. Throws where there is none. */
export function scenarioOf(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name);
  if (found === undefined) throw new Error(`There is no scenario "${name}".`);
  return found;
}

/** Plays a scenario in an open session; answers what is acknowledged. */
export async function play(scenarioToPlay: Scenario, session: Session, stage: Stage): Promise<Acknowledged> {
  const key = await scenarioToPlay.act(session, stage);
  return key === undefined ? {} : { keyId: key.keyId, use: await made(session.kms, key) };
}
