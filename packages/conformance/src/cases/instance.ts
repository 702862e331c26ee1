import { createKms, KmsError, type KeyHandle, type Kms } from "@kms/core";
import { check, equal, present, refuses, sameBytes } from "../assertions.ts";
import { random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { collect } from "../hostile.ts";
import { overRows, refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";
import { attempt, claimedUses, perform, protectAll } from "../use.ts";

/** The instance: closing, health, concurrency, policy. */
export const instanceCases: readonly Case[] = [
  {
    id: "instance/closed",
    title: "a closed instance refuses everything before the driver is called, and so do its withActor twins",
    shows: "design.md §3.7: close ends everything, for every withActor twin too",
    isolated: true,
    run: async (context) => {
      for (const closing of ["itself", "its twin"] as const) {
        const kms = context.instance();
        const twin = kms.withActor("alice");
        const keys: KeyHandle[] = [];
        for (const row of oneOfEach(context.rows())) keys.push(await context.carry(await context.key(row), kms));
        await (closing === "itself" ? kms : twin).close();
        for (const each of [kms, twin]) for (const key of keys) await refusesAll(context, each, key);
      }
    },
  },
  {
    id: "instance/closing-twice",
    title: "closing twice is no error",
    shows: "design.md §3.7",
    isolated: true,
    run: async (context) => {
      const kms = context.instance();
      await kms.close();
      await kms.close();
      await kms.withActor("alice").close();
    },
  },
  {
    id: "instance/closing-ends-calls",
    title: "closing ends a call in flight though the driver never answers",
    shows: "design.md §3.7: close ends everything",
    isolated: true,
    run: async (context) => {
      const kms = context.instance();
      const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
      const key = await context.carry(await context.key(row), kms);
      const called = new Promise<void>((resolve) => {
        context.door.intervene(() => {
          resolve();
          return new Promise(() => undefined);
        });
      });
      const refused = refuses(() => kms.describeKey(key), ["CLOSED", "CANCELLED"], "a call in flight");
      await called;
      context.door.intervene(undefined);
      await kms.close();
      await refused;
    },
  },
  {
    id: "instance/driver-closes",
    title: "closing the instance closes the driver, once",
    shows: "design.md §3.7",
    isolated: true,
    run: async (context) => {
      let closed = 0;
      const counting = createKms({
        providers: { [provider]: { ...context.harness.driver, close: async () => void (closed += 1) } },
      });
      await counting.withActor("alice").close();
      await counting.close();
      equal(closed, 1, "how often the driver was closed");
    },
  },
  {
    id: "instance/health",
    title: "health answers for the provider, and says so when it does not answer",
    shows: "contract: health; crypto-rules.md 26",
    run: async (context) => {
      const good = present((await context.kms.health())[provider], "no health of the provider");
      equal(good.ok, true, "whether the provider is well");
      check(Array.isArray(good.notes) && good.latencyMs >= 0, "health has no notes or no latency");
      if (context.harness.driver.health === undefined) return;
      context.door.intervene(() => Promise.reject(new KmsError("UNAVAILABLE", "The suite broke this call.")));
      const bad = present((await context.kms.health())[provider], "no health of the provider");
      equal(bad.ok, false, "whether a provider that does not answer is well");
      equal(bad.error, "UNAVAILABLE", "what ails it");
    },
  },
  {
    id: "instance/concurrent-uses",
    title: "128 uses at once of keys of every type do not disturb each other",
    shows: "contract: Kms: safe for concurrent use",
    run: async (context) => {
      const work: (() => Promise<void>)[] = [];
      for (const row of oneOfEach(context.rows())) {
        for (const which of ["first", "second"] as const) {
          const key = await context.key(row, which);
          const earlier = await protectAll(context, key);
          for (const operation of claimedUses(context, key)) {
            work.push(() => perform(context.kms, { key, operation, earlier }));
          }
        }
      }
      const rounds = Math.ceil(128 / Math.max(1, work.length));
      await Promise.all(Array.from({ length: rounds }, () => work.map((each) => each())).flat());
    },
  },
  {
    id: "instance/concurrent-ciphertexts",
    title: "many ciphertexts under different associated data, made and opened at once, stay with their own",
    shows: "contract: Kms: safe for concurrent use",
    run: async (context) => {
      await overRows(context, oneOfEach(context.rows("encrypt", "decrypt")), ["encrypt"], async (key, row) => {
        const trips = Array.from({ length: 64 }, async (_, index) => {
          const plaintext = random(1 + index);
          const associatedData = row.associatedData === "none" ? undefined : { index: String(index) };
          const ciphertext = await context.kms.encrypt(key, plaintext, associatedData);
          sameBytes(await context.kms.decrypt(key, ciphertext, associatedData), plaintext, `trip ${index}`);
        });
        await Promise.all(trips);
      });
    },
  },
  {
    id: "instance/narrow-concurrency",
    title: "with one call in flight at a time everything still gets its turn",
    shows: "contract: KmsOptions.concurrency",
    run: async (context) => {
      const kms = context.instance({ concurrency: 1 });
      const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
      const key = await context.carry(await context.key(row), kms);
      await Promise.all(Array.from({ length: 32 }, () => kms.describeKey(key)));
    },
  },
  {
    id: "instance/policy-algorithms",
    title: "a policy that does not allow the algorithm or protection refuses keys and uses before the driver is called",
    shows: "design.md §3.7: policy; crypto-rules.md 25: today's policy always decides",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const conf = { algorithm: row.algorithm, protection: row.protection };
        for (const policy of [{ allowedAlgorithms: [] }, { allowedProtection: [] }]) {
          const kms = context.instance({ policy });
          await refusesUncalled(context, () => kms.generateKey(provider, conf), "POLICY_VIOLATION", "generateKey");
          const key = await context.carry(await context.key(row), kms).catch(() => undefined);
          if (key === undefined) continue;
          for (const operation of claimedUses(context, key)) {
            await refusesUncalled(context, () => attempt(kms, key, operation), "POLICY_VIOLATION", operation);
          }
        }
      }
    },
  },
];

async function refusesAll(context: Context, kms: Kms, key: KeyHandle): Promise<void> {
  const { algorithm } = key;
  const works: readonly (readonly [string, () => unknown])[] = [
    ["generateKey", () => kms.generateKey(provider, { algorithm })],
    ["getKey", () => kms.getKey(provider, key.keyId, { algorithm })],
    ["describeKey", () => kms.describeKey(key)],
    ["refreshHandle", () => kms.refreshHandle(key)],
    ["sealHandle", () => kms.sealHandle(key)],
    ["openHandle", () => kms.openHandle("token")],
    ["rotateKey", () => kms.rotateKey(key)],
    ["disableKey", () => kms.disableKey(key)],
    ["scheduleDestruction", () => kms.scheduleDestruction(key)],
    ["listKeys", () => collect(kms.listKeys(provider))],
    ["generateRandom", () => kms.generateRandom(provider, 16)],
    ["health", () => kms.health()],
    ...claimedUses(context, key).map((operation) => [operation, () => attempt(kms, key, operation)] as const),
  ];
  for (const [what, work] of works) await refusesUncalled(context, work, "CLOSED", `${what}, closed`);
}
