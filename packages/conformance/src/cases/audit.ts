import {
  memoryAuditSink,
  type AuditEvent,
  type AuditSink,
  type CryptoOperation,
  type KeyHandle,
  type Kms,
} from "@kms/core";
import { check, equal, present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context, InstanceOptions } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { lifeRows } from "../life-operations.ts";
import { overRows, refusesUncalled } from "../refusal.ts";
import { authenticatedRows, oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";
import { claimedUses, perform, protectAll, type Protected } from "../use.ts";

/** The record: who, what, when, and what came of it. */
export const auditCases: readonly Case[] = [
  {
    id: "audit/pairs",
    title:
      "every use leaves an intent before and an outcome after, joined by one correlation, naming key and operation",
    shows: "crypto-rules.md 27; design.md §3.8",
    run: (context) =>
      overUses(context, {}, async ({ kms, key, operation, earlier, events }) => {
        const before = events().length;
        await perform(kms, { key, operation, earlier });
        const [intent, outcome, ...more] = events().slice(before);
        equal(more.length, 0, `further events of ${operation}`);
        const first = present(intent, `no event of ${operation}`);
        const second = present(outcome, `one event only of ${operation}`);
        equal(first.phase, "intent", "the first event");
        equal(second.phase, "outcome", "the second event");
        equal(first.correlation, second.correlation, "the correlation");
        equal(second.code, undefined, "the code of a success");
        equal(second.outcome, "done", "the outcome of a success");
        for (const event of [first, second]) names(event, operation, key);
      }),
  },
  {
    id: "audit/refusals",
    title: "what is refused after the intent leaves its code in the outcome; what is refused before leaves no event",
    shows: "design.md §3.1; requirements 76",
    run: (context) => refusals(context),
  },
  {
    id: "audit/denied",
    title: "what authorize denies is PERMISSION_DENIED, is audited, and never reaches the driver",
    shows: "crypto-rules.md 25; design.md §3.8",
    run: (context) => {
      const authorize = (): never => {
        throw new Error("not today");
      };
      return overUses(context, { authorize }, async ({ kms, key, operation, earlier, events }) => {
        const before = events().length;
        const work = (): unknown => perform(kms, { key, operation, earlier });
        await refusesUncalled(context, work, "PERMISSION_DENIED", operation);
        const phases = events()
          .slice(before)
          .map(({ phase, code }) => `${phase} ${String(code)}`);
        equal(phases.join(", "), "intent undefined, outcome PERMISSION_DENIED", `the events of a denied ${operation}`);
      });
    },
  },
  {
    id: "audit/authorize-sees",
    title: "authorize sees actor, operation, provider, key and associated data exactly as they are used",
    shows: "design.md §3.1: what authorize saw is what is encrypted",
    run: authorizeSees,
  },
  {
    id: "audit/failing-intent",
    title: "an intent that cannot be written refuses the call before the driver is called",
    shows: "crypto-rules.md 27; requirements 73",
    run: async (context) => {
      const broken: AuditSink = { write: () => Promise.reject(new Error("disk full")), close: async () => undefined };
      await overUses(context, { audit: broken }, async ({ kms, key, operation, earlier }) => {
        const work = (): unknown => perform(kms, { key, operation, earlier });
        await refusesUncalled(context, work, "AUDIT_FAILED", operation);
      });
    },
  },
  {
    id: "audit/failing-outcome",
    title: "an outcome that cannot be written answers AUDIT_FAILED and says what happened and to which key",
    shows: "crypto-rules.md 27",
    run: async (context) => {
      const half: AuditSink = {
        write: ({ phase }) => (phase === "intent" ? undefined : Promise.reject(new Error("disk full"))),
        close: async () => undefined,
      };
      const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
      const kms = context.instance({ audit: half });
      const conf = { algorithm: row.algorithm, protection: row.protection };
      const error = await refuses(() => kms.generateKey(provider, conf), "AUDIT_FAILED", "generateKey");
      equal(error.outcome, "done", "outcome of what was done");
      const made = present(error.keyId, "the error does not name the key that was made");
      await context.kms.getKey(provider, made, { algorithm: row.algorithm });
    },
  },
  {
    id: "audit/actor",
    title: "the actor of withActor stands in every event, and nobody else's",
    shows: "design.md §3.8: kms.withActor binds the actor",
    run: async (context) => {
      const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
      const key = await context.key(row);
      for (const actor of ["alice", "bob"]) await context.kms.withActor(actor).describeKey(key);
      await context.kms.describeKey(key);
      const actors = context
        .events()
        .filter(({ operation }) => operation === "describeKey")
        .map(({ actor }) => actor);
      equal(actors.map(String).join(), "alice,alice,bob,bob,undefined,undefined", "the actors");
      for (const actor of ["", 1, null, undefined]) {
        await refusesUncalled(
          context,
          async () => attemptWith(context.kms, "withActor", actor),
          "INVALID_ARGUMENT",
          "an actor",
        );
      }
    },
  },
  {
    id: "audit/acceptance-reason",
    title: "the reason of an acceptance and of a transition stands in the events",
    shows: "requirements 5, 9, 15",
    run: acceptanceReason,
  },
];

interface Use {
  readonly kms: Kms;
  readonly key: KeyHandle;
  readonly operation: CryptoOperation;
  readonly earlier: Protected;
  readonly events: () => readonly AuditEvent[];
}

async function overUses(context: Context, options: InstanceOptions, work: (use: Use) => Promise<void>): Promise<void> {
  const audit = memoryAuditSink();
  const kms = context.instance({ audit, ...options });
  for (const row of oneOfEach(context.rows())) {
    const key = await context.key(row);
    const earlier = await protectAll(context, key);
    const there = await context.carry(key, kms);
    for (const operation of claimedUses(context, key)) {
      await work({ kms, key: there, operation, earlier, events: audit.events });
    }
  }
}

function names(event: AuditEvent, operation: CryptoOperation, key: KeyHandle): void {
  equal(event.operation, operation, "the operation in the event");
  equal(event.keyId, key.keyId, "the key in the event");
  equal(event.algorithm, key.algorithm, "the algorithm in the event");
  equal(event.provider, provider, "the provider in the event");
  check(event.at instanceof Date, "the event has no date");
}

async function refusals(context: Context): Promise<void> {
  const { kms } = context;
  for (const row of oneOfEach(context.rows())) {
    const key = await context.key(row);
    const nothing = kms.restrictKey(key, { operations: [] });
    for (const operation of claimedUses(context, key)) {
      const earlier = await protectAll(context, key);
      const before = context.events().length;
      await refuses(() => perform(kms, { key: nothing, operation, earlier }), "POLICY_VIOLATION", operation);
      const found = context.events().slice(before);
      equal(found.map(({ phase }) => phase).join(), "intent,outcome", `the events of a refused ${operation}`);
      equal(found[1]?.code, "POLICY_VIOLATION", "the code in the outcome");
      equal(found[1]?.outcome, "none", "the outcome");
    }
    const before = context.events().length;
    await refuses(() => attemptWith(kms, "encrypt", key, "text"), "INVALID_ARGUMENT", "text to encrypt");
    await refuses(() => attemptWith(kms, "sign", { ...key }, new Uint8Array(1)), "INVALID_ARGUMENT", "a look-alike");
    equal(context.events().length, before, "events of what was refused before the intent");
  }
}

async function authorizeSees(context: Context): Promise<void> {
  const seen: unknown[] = [];
  const kms = context.instance({ authorize: (request) => void seen.push(request), actor: "alice" });
  const rows = authenticatedRows(oneOfEach(context.rows("encrypt")));
  await overRows(context, rows, ["encrypt"], async (handle) => {
    const key = await context.carry(handle, kms);
    seen.length = 0;
    await kms.encrypt(key, new Uint8Array(8), { tenant: "42", region: "eu" });
    equal(seen.length, 1, "how often authorize was asked");
    const { associatedData, ...request } = Object(seen[0]) as Readonly<Record<string, unknown>>;
    const expected = { actor: "alice", keyId: key.keyId, operation: "encrypt", provider };
    equal(
      JSON.stringify(Object.entries(request).toSorted()),
      JSON.stringify(Object.entries(expected).toSorted()),
      "the request",
    );
    const entries = Object.entries(associatedData ?? {}).toSorted();
    equal(
      JSON.stringify(entries),
      JSON.stringify([
        ["region", "eu"],
        ["tenant", "42"],
      ]),
      "the associated data",
    );
  });
}

async function acceptanceReason(context: Context): Promise<void> {
  const { kms } = context;
  for (const row of await lifeRows(context, "disableKey")) {
    const key = await context.freshKey(row);
    const earlier = await protectAll(context, key);
    await kms.disableKey(key, { reason: "ticket 17" });
    const disabling = context
      .events()
      .filter(({ operation, keyId }) => operation === "disableKey" && keyId === key.keyId);
    equal(disabling.map(({ reason }) => reason).join(), "ticket 17,ticket 17", "the reason of the transition");
    const reading = claimedUses(context, key).find((operation) => operation === "decrypt" || operation === "verifyMac");
    if (reading === undefined) continue;
    const accept = { state: "suspended", reason: "ticket 18" } as const;
    await perform(kms, { key, operation: reading, earlier }, { accept }).catch(() => undefined);
    const found = context.events().filter(({ keyId, reason }) => keyId === key.keyId && reason === "ticket 18");
    equal(found.length, 2, `the events of ${reading} with the reason of the acceptance`);
  }
}
