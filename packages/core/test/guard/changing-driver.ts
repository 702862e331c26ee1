import type { KmsDriver, NativeState } from "../../src/driver.ts";
import { keyedDriver, version, type KeyedDriver } from "./keyed-driver.ts";

/** Brings the one version of a driver's key into a state. */
export const changed = (driver: KeyedDriver, state: NativeState): void => {
  driver.record = { ...driver.record, state, versions: [version("1", { native: state })] };
};

/** A driver that carries out every change of its key at once, and tells of each in `calls`. */
export const changingDriver = (more: Partial<KmsDriver<never, never>> = {}): KeyedDriver => {
  const driver: KeyedDriver = keyedDriver({
    driver: {
      setEnabled: async (_key, _version, enabled) => {
        driver.calls.push(enabled ? "enable" : "disable");
        changed(driver, enabled ? "enabled" : "disabled");
        return { record: driver.record, unfinished: [] };
      },
      scheduleDestruction: async (_key, _version, days) => {
        driver.calls.push(`schedule ${days}`);
        changed(driver, "destruction-scheduled");
        return { record: driver.record, unfinished: [] };
      },
      cancelDestruction: async () => {
        driver.calls.push("cancel");
        changed(driver, "enabled");
        return { record: driver.record, unfinished: [] };
      },
      ...more,
    },
  });
  return driver;
};
