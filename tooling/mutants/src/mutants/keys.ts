import type { KeyRecord, KmsDriver } from "@kms/core/driver";
import { member } from "../member.ts";
import type { Mutant } from "../mutant.ts";

/** What is broken in keys, their manifest and their life. */
export const keyMutants: readonly Mutant[] = [
  {
    name: "the manifest claims an operation that the driver does not have",
    base: "minimal",
    breaks: (driver) => withOperations(driver, (operations) => ({ ...operations, wrapDataKey: "native" })),
    fails: [
      "capabilities/as-committed",
      "capabilities/whole",
      "states/active",
      "handles/of-an-actor",
      "tokens/open-without-a-call",
      "restriction/operations",
      "restriction/not-after",
      "use-only/every-use",
      "inputs/views",
      "inputs/not-mutated",
      "inputs/outputs-not-shared",
      "audit/pairs",
      "control/late-answer",
      "instance/concurrent-uses",
    ],
  },
  {
    name: "the manifest no longer claims data keys",
    base: "self-managed",
    breaks: (driver) =>
      withOperations(
        driver,
        ({ generateDataKey: _generate, wrapDataKey: _wrap, unwrapDataKey: _unwrap, ...rest }) => rest,
      ),
    fails: ["capabilities/as-committed"],
  },
  {
    name: "createKey drops a label",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      createKey: (conf, call) => {
        const [, ...labels] = Object.entries(conf.labels ?? {});
        return driver.createKey({ ...conf, labels: Object.fromEntries(labels) }, call);
      },
    }),
    fails: ["generation/labels", "lookup/listed-labels"],
  },
  {
    name: "checkConf ignores options that it does not know",
    base: "minimal",
    breaks: (driver) => ({ ...driver, checkConf: ({ options: _, ...conf }) => driver.checkConf(conf) }),
    fails: ["generation/bad-configurations"],
  },
  {
    name: "describeKey answers some key for a reference to none",
    base: "minimal",
    breaks: (driver) => {
      let last = "";
      return {
        ...driver,
        createKey: async (conf, call) => {
          const record = await driver.createKey(conf, call);
          last = record.id;
          return record;
        },
        describeKey: (reference, call) =>
          driver.describeKey(reference, call).catch(() => driver.describeKey(last, call)),
      };
    },
    fails: ["lookup/absent"],
  },
  {
    name: "listKeys forgets every second key",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      listKeys: async function* (call) {
        let count = 0;
        for await (const entry of member(driver, "listKeys")(call)) if ((count += 1) % 2 === 0) yield entry;
      },
    }),
    fails: ["lookup/listing"],
  },
  {
    name: "sameKey finds all keys the same",
    base: "self-managed",
    breaks: (driver) => ({ ...driver, sameKey: () => true }),
    fails: ["answers/another-name-is-refused", "generation/keys-differ", "lookup/other-key"],
  },
  {
    name: "isVersion takes any text for a version",
    base: "self-managed",
    breaks: (driver) => ({ ...driver, isVersion: () => true }),
    fails: ["ciphertexts/native-versions"],
  },
  {
    name: "rotate keeps the version",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      rotate: async (key, call) => {
        const record = await driver.describeKey(key.id, call);
        return { record, version: record.currentVersion };
      },
    }),
    fails: [
      "rotation/new-version-protects",
      "rotation/new-material",
      "rotation/version-is-bound",
      "rotation/refresh",
      "states/one-version",
      "destruction/cancel-leaves-others",
      "rotation/every-type",
      "rotation/material-apart",
      "rotation/proof-versions",
    ],
  },
  {
    name: "setEnabled says that a key is disabled and leaves it as it is",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      setEnabled: async (key, version, enabled, call) => {
        if (enabled) return member(driver, "setEnabled")(key, version, enabled, call);
        const record = await driver.describeKey(key.id, call);
        return { record: disabled(record, version), unfinished: [] };
      },
    }),
    fails: [
      "states/suspended",
      "states/read-back",
      "states/seen-elsewhere",
      "states/one-version",
      "transitions/legal",
      "transitions/illegal",
      "exporting/states",
      "states/every-type",
    ],
  },
  {
    name: "describeKey calls a disabled key enabled",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      describeKey: async (reference, call) => {
        const record = await driver.describeKey(reference, call);
        const lie = <T extends string>(native: T): T | "enabled" => (native === "disabled" ? "enabled" : native);
        const versions = record.versions.map((each) => ({ ...each, native: lie(each.native) }));
        return { ...record, state: lie(record.state), versions };
      },
    }),
    fails: [
      "states/read-back",
      "states/one-version",
      "transitions/legal",
      "transitions/illegal",
      "destruction/cancel-leaves-others",
    ],
  },
  {
    name: "revoke forgets the reason and the dates",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      describeKey: async (reference, call) => {
        const { revocation: _, ...record } = await driver.describeKey(reference, call);
        return record;
      },
    }),
    fails: ["transitions/revocation"],
  },
  {
    name: "scheduleDestruction waits a day less than it was told",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      scheduleDestruction: (key, version, windowDays, call) => {
        const shorter = windowDays === undefined ? undefined : Math.max(windowDays - 2, 1);
        return member(driver, "scheduleDestruction")(key, version, shorter, call);
      },
    }),
    fails: ["destruction/window"],
  },
  {
    name: "cancelling the destruction of one version disables the whole key",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      cancelDestruction: async (key, version, call) => {
        await member(driver, "cancelDestruction")(key, version, call);
        return member(driver, "setEnabled")(key, undefined, false, call);
      },
    }),
    fails: ["destruction/cancel-leaves-others"],
  },
  {
    name: "generateRandom answers zeros",
    base: "self-managed",
    breaks: (driver) => ({ ...driver, generateRandom: async (length) => new Uint8Array(length) }),
    fails: ["generation/random"],
  },
];

function withOperations(
  driver: KmsDriver,
  change: (
    operations: KmsDriver["capabilities"]["rows"][number]["operations"],
  ) => KmsDriver["capabilities"]["rows"][number]["operations"],
): KmsDriver {
  const rows = driver.capabilities.rows.map((row) => ({ ...row, operations: change(row.operations) }));
  return { ...driver, capabilities: { ...driver.capabilities, rows } };
}

const disabled = (record: KeyRecord, version: string | undefined): KeyRecord => ({
  ...record,
  state: version === undefined ? "disabled" : record.state,
  versions: record.versions.map((each) =>
    version === undefined || each.version === version ? { ...each, native: "disabled" } : each,
  ),
});
