import type { KmsDriver } from "@kms/core/driver";
import { member } from "../member.ts";
import type { Mutant } from "../mutant.ts";

const algorithm = "HMAC-SHA384";

/** What is broken in one algorithm of a kind, while the one that stands before it works. */
export const unsampledMutants: readonly Mutant[] = [
  {
    name: "HMAC-SHA384 is made over a byte more than the message",
    base: "self-managed",
    breaks: (driver) => {
      const longer = (message: Uint8Array): Uint8Array => Buffer.concat([message, Uint8Array.of(1)]);
      return {
        ...driver,
        generateMac: (key, message, call) =>
          member(driver, "generateMac")(key, key.algorithm === algorithm ? longer(message) : message, call),
        verifyMac: (key, message, mac, call) =>
          member(driver, "verifyMac")(key, key.algorithm === algorithm ? longer(message) : message, mac, call),
      };
    },
    fails: ["importing/does-the-same"],
  },
  {
    name: "setEnabled leaves keys of HMAC-SHA384 as they are",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      setEnabled: async (key, version, enabled, call) =>
        key.algorithm === algorithm
          ? { record: await driver.describeKey(key.id, call), unfinished: [] }
          : member(driver, "setEnabled")(key, version, enabled, call),
    }),
    fails: ["states/every-type"],
  },
  {
    name: "rotate gives keys of HMAC-SHA384 a new version of the old material",
    base: "self-managed",
    breaks: oldMacMaterial,
    fails: ["rotation/every-type"],
  },
];

/** Versions of such a key all do what its first one does. */
function oldMacMaterial(driver: KmsDriver): KmsDriver {
  return {
    ...driver,
    generateMac: async (key, message, call) => {
      const own = await member(driver, "generateMac")(key, message, call); // the version's own state still counts
      if (key.algorithm !== algorithm) return own;
      const { bytes } = await member(driver, "generateMac")({ ...key, version: "1" }, message, call);
      return { ...own, bytes };
    },
    verifyMac: async (key, message, mac, call) => {
      const own = await member(driver, "verifyMac")(key, message, mac, call);
      if (key.algorithm !== algorithm) return own;
      const { valid } = await member(driver, "verifyMac")({ ...key, version: "1" }, message, mac, call);
      return { ...own, valid };
    },
  };
}
