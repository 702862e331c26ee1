import type { CapabilityRow, KeyConf, KeyHandle } from "@kms/core";
import { check, differentBytes, equal, present, refuses } from "../assertions.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";

/** Making keys, and what they read back as. */
export const generationCases: readonly Case[] = [
  {
    id: "generation/reads-back",
    title: "a generated key reads back as it was asked for, Active, not exportable, of origin generated",
    shows: "design.md §3.2; requirements 1, 40; provider-bugs.md §2: arguments ignored",
    run: readsBack,
  },
  {
    id: "generation/keys-differ",
    title: "two keys of one configuration have different ids",
    shows: "requirements 45",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const [first, second] = [await context.key(row), await context.key(row, "second")];
        check(first.keyId !== second.keyId, `two keys of ${row.algorithm} have the id ${first.keyId}`);
        check(!context.harness.driver.sameKey(first.keyId, second.keyId), `sameKey of two keys of ${row.algorithm}`);
      }
    },
  },
  {
    id: "generation/labels",
    title: "labels are kept and read back, or refused before anything is made",
    shows: "design.md §3.2: read back and compared field by field",
    run: labels,
  },
  {
    id: "generation/name",
    title: "a name is honoured, once, or refused before anything is made",
    shows: "contract-fit.md §1: create",
    run: name,
  },
  {
    id: "generation/taken-meanwhile",
    title:
      "a name that another process takes while the call is under way is ALREADY_EXISTS, and its key stays as it is",
    shows: "contract-fit.md §1: create; requirements 45",
    run: takenMeanwhile,
  },
  {
    id: "generation/idempotent",
    title:
      "a creation that is asked for twice by one call makes one key where the manifest says so, and never two of a name",
    shows: "contract: createIsIdempotent, Call.idempotencyToken",
    run: idempotent,
  },
  {
    id: "generation/bad-configurations",
    title: "a malformed key configuration is refused before the driver is called",
    shows: "requirements 40",
    run: badConfigurations,
  },
  {
    id: "generation/exportable-is-fixed",
    title: "a key is exportable only where that was asked for, or asking for it is refused before anything is made",
    shows: "requirements 50",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const key = await madeOrRefused(context, {
          algorithm: row.algorithm,
          protection: row.protection,
          exportable: true,
        });
        if (key !== undefined) {
          equal((await context.kms.describeKey(key)).exportable, true, `exportable of ${row.algorithm}`);
        }
      }
    },
  },
  {
    id: "generation/random",
    title: "random bytes come in the length asked for and never twice the same",
    shows: "requirements 36, 37",
    run: randomBytes,
  },
];

async function readsBack(context: Context): Promise<void> {
  for (const row of context.rows()) {
    const key = await context.key(row);
    const found = await context.kms.describeKey(key);
    const what = (member: string): string => `${member} of ${row.algorithm}`;
    equal(key.algorithm, row.algorithm, what("the handle's algorithm"));
    equal(found.algorithm, row.algorithm, what("algorithm"));
    equal(found.keyId, key.keyId, what("key id"));
    equal(found.kind, context.manifest.kind, what("kind"));
    equal(found.provider, provider, what("provider"));
    equal(found.protection, row.protection, what("protection"));
    equal(found.origin, "generated", what("origin"));
    equal(found.exportable, false, what("exportable"));
    equal(found.state, "active", what("state"));
    equal(found.destroyAt, undefined, what("destroyAt"));
    check(found.versions.length > 0, what("no version"));
    if (row.version === "provider" && found.currentVersion === null) continue;
    const current = found.versions.find(({ keyVersion }) => keyVersion === found.currentVersion);
    equal(
      present(current, what("the current version is not among the versions")).state,
      "active",
      what("version's state"),
    );
    check(context.harness.driver.isVersion(String(found.currentVersion)), what("isVersion of the current version"));
  }
}

/** The key; nothing where this configuration was refused before the driver was called. */
async function madeOrRefused(context: Context, conf: KeyConf): Promise<KeyHandle | undefined> {
  const before = context.door.calls().length;
  try {
    const key = await context.kms.generateKey(provider, conf);
    context.note("claimed");
    return key;
  } catch (error) {
    await refuses(() => Promise.reject(error), ["INVALID_ARGUMENT", "UNSUPPORTED"], JSON.stringify(conf));
    equal(context.door.calls().length, before, "calls before the configuration was refused");
    context.note("refused");
    return undefined;
  }
}

const anyRow = (context: Context): CapabilityRow =>
  present(oneOfEach(context.rows())[0], "the driver makes no keys at all");

async function labels(context: Context): Promise<void> {
  const row = anyRow(context);
  const conf = {
    algorithm: row.algorithm,
    protection: row.protection,
    labels: { app: "orders", "cost-centre": "x_1" },
  };
  const key = await madeOrRefused(context, conf);
  if (key === undefined) return;
  const found = (await context.kms.describeKey(key)).labels;
  equal(
    JSON.stringify(Object.entries(found).toSorted()),
    JSON.stringify(Object.entries(conf.labels).toSorted()),
    "labels",
  );
}

async function name(context: Context): Promise<void> {
  const row = anyRow(context);
  const conf = { algorithm: row.algorithm, protection: row.protection, name: "conformance-name" };
  const key = await madeOrRefused(context, conf);
  if (key === undefined) return;
  if (context.manifest.naming === "assigned") return;
  check(key.keyId.includes(conf.name), `the id ${key.keyId} does not carry the chosen name`);
  await refuses(() => context.kms.generateKey(provider, conf), "ALREADY_EXISTS", "the same name again");
  equal((await context.kms.describeKey(key)).versions.length, 1, "versions after a refused second creation");
}

/** A stranger's key under the name is no key of this call: it is not answered, and gets no version more. */
async function takenMeanwhile(context: Context): Promise<void> {
  const { manifest, kms } = context;
  const row = anyRow(context);
  const conf = { algorithm: row.algorithm, protection: row.protection, name: "conformance-taken" };
  if (manifest.naming === "assigned") return void (await madeOrRefused(context, conf));
  context.note("claimed");
  const elsewhere = await context.elsewhere();
  let stranger: KeyHandle | undefined;
  context.door.intervene(async ({ name }, invoke) => {
    if (name === "createKey") stranger ??= await elsewhere.generateKey(provider, conf);
    return invoke();
  });
  await refuses(() => kms.generateKey(provider, conf), "ALREADY_EXISTS", "a name that was taken meanwhile");
  context.door.intervene(undefined);
  const found = await elsewhere.describeKey(present(stranger, "createKey was not called"));
  equal(found.versions.length, 1, "versions of the stranger's key");
  equal(found.state, "active", "state of the stranger's key");
}

async function idempotent(context: Context): Promise<void> {
  const { manifest, kms } = context;
  const row = anyRow(context);
  let again: unknown;
  context.door.intervene(async ({ name }, invoke) => {
    const first: unknown = await invoke();
    if (name === "createKey") again = await Promise.resolve(invoke()).catch(() => undefined);
    return first;
  });
  const key = await kms.generateKey(provider, { algorithm: row.algorithm, protection: row.protection });
  context.door.intervene(undefined);
  const id: unknown = typeof again === "object" && again !== null && "id" in again ? again.id : undefined;
  equal(id === key.keyId, manifest.createIsIdempotent, "whether the same call makes the same key again");
  equal((await kms.describeKey(key)).versions.length, 1, `versions of ${row.algorithm} after the same call again`);
}

async function badConfigurations(context: Context): Promise<void> {
  const { algorithm } = anyRow(context);
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`label${index}`, "x"]));
  const later = new Date(context.harness.clock.now() + 86_400_000);
  const bad: readonly (readonly [string, unknown])[] = [
    ["no configuration", undefined],
    ["null", null],
    ["an array", [algorithm]],
    ["no algorithm", {}],
    ["an unknown algorithm", { algorithm: "AES-128-ECB" }],
    ["a member of Object.prototype as algorithm", { algorithm: "__proto__" }],
    ["an unknown member", { algorithm, algoritm: "x" }],
    ["a name in capitals", { algorithm, name: "Orders" }],
    ["a name that climbs", { algorithm, name: "../x" }],
    ["a name that is too long", { algorithm, name: "a".repeat(64) }],
    ["nine labels", { algorithm, labels: many }],
    ["a label outside the grammar", { algorithm, labels: { App: "orders" } }],
    ["a label that is no string", { algorithm, labels: { app: 1 } }],
    ["an unknown protection", { algorithm, protection: "vault" }],
    ["a number as exportable", { algorithm, exportable: 1 }],
    ["dates in the wrong order", { algorithm, activateAt: later, deactivateAt: new Date(later.getTime() - 1) }],
    ["an invalid date", { algorithm, activateAt: new Date(Number.NaN) }],
    ["half a day", { algorithm, rotateEveryDays: 0.5 }],
    ["options that no adapter has", { algorithm, options: { nobodyKnowsThis: true } }],
  ];
  for (const [what, conf] of bad) {
    const work = (): unknown => attemptWith(context.kms, "generateKey", provider, conf);
    await refusesUncalled(context, work, ["INVALID_ARGUMENT", "UNSUPPORTED"], what);
  }
}

async function randomBytes(context: Context): Promise<void> {
  const { kms } = context;
  const lengthOf = (length: unknown): unknown => attemptWith(kms, "generateRandom", provider, length);
  if (!kms.supports({ provider, operation: "generateRandom" }).ok) {
    context.note("refused");
    await refusesUncalled(context, () => lengthOf(32), "UNSUPPORTED", "generateRandom");
    return;
  }
  context.note("claimed");
  for (const length of [1, 32, 1024]) {
    equal((await kms.generateRandom(provider, length)).length, length, "random bytes");
  }
  differentBytes(await kms.generateRandom(provider, 32), await kms.generateRandom(provider, 32), "random bytes, twice");
  for (const length of [0, -1, 1.5, Number.NaN, "32", undefined]) {
    await refusesUncalled(context, () => lengthOf(length), "INVALID_ARGUMENT", `${String(length)} random bytes`);
  }
}
