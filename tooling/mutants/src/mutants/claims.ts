import { randomUUID } from "node:crypto";
import { KmsError, type KmsDriver } from "@kms/core/driver";
import { member } from "../member.ts";
import type { Mutant } from "../mutant.ts";

/** What is broken in names, listings and receipts: claims of the manifest that no single use shows. */
export const claimMutants: readonly Mutant[] = [
  {
    name: "createKey answers a stranger's key that has the name",
    base: "self-managed",
    breaks: adopting,
    fails: ["generation/taken-meanwhile"],
  },
  {
    name: "createKey makes another key when one call asks twice",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      createKey: (conf, call) => driver.createKey(conf, { ...call, idempotencyToken: randomUUID() }),
    }),
    fails: ["generation/idempotent"],
  },
  {
    name: "listKeys leaves the labels out",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      listKeys: async function* (call) {
        for await (const { labels: _, ...entry } of member(driver, "listKeys")(call)) yield entry;
      },
    }),
    fails: ["lookup/listing", "lookup/listed-labels"],
  },
  {
    name: "completeDestruction calls a version destroyed that never was",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      completeDestruction: async (key, version, call) => {
        const record = await driver.describeKey(key.id, call);
        const known = version === undefined || record.versions.some((each) => each.version === version);
        if (known) return member(driver, "completeDestruction")(key, version, call);
        const versions = [...record.versions, { version, native: "destroyed" as const }];
        return { record: { ...record, versions }, level: "removed", mayRemain: [] };
      },
    }),
    fails: ["destruction/receipt-of-no-version"],
  },
  {
    name: "the driver does not have what exporting needs",
    base: "self-managed",
    breaks: (driver) => ({ ...driver, exportKey: undefined }),
    fails: [
      "capabilities/whole",
      "exporting/what-was-imported",
      "exporting/audited",
      "exporting/not-shared",
      "exporting/states",
    ],
  },
];

/** Names that this process gave out are taken; whoever else has one is answered as if it had been made here. */
function adopting(driver: KmsDriver): KmsDriver {
  const given = new Set<string | undefined>();
  return {
    ...driver,
    createKey: async (conf, call) => {
      try {
        const record = await driver.createKey(conf, call);
        given.add(conf.name);
        return record;
      } catch (error) {
        if (!KmsError.isInstance(error) || error.code !== "ALREADY_EXISTS" || given.has(conf.name)) throw error;
        for await (const { id } of member(driver, "listKeys")(call)) {
          if (id.endsWith(`/${conf.name}`)) return driver.describeKey(id, call);
        }
        throw error;
      }
    },
  };
}
