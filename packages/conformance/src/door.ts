import type { KmsDriver } from "@kms/core";

/** A call that crossed the door between guard and driver. */
export interface DoorCall {
  readonly name: string;
  readonly given: readonly unknown[];
}

/** Stands between guard and driver for one call: answers in its place, or invokes it. */
export type Intervention = (call: DoorCall, invoke: () => unknown) => unknown;

/** A driver that is watched: what is called, with what; and where a case can step in. */
export interface Door {
  readonly driver: KmsDriver;
  /** Calls since the start, oldest first; what is pure (`checkConf`, `isVersion`, …) is no call. */
  readonly calls: () => readonly DoorCall[];
  /** Steps in from now on; `undefined` steps out again. */
  readonly intervene: (intervention: Intervention | undefined) => void;
}

/** Members of a driver that ask no provider. */
export const pureMembers: ReadonlySet<string> = new Set([
  "specificationVersion",
  "capabilities",
  "algorithms",
  "checkConf",
  "isVersion",
  "sameKey",
  "scopeOf",
  "serves",
  "classify",
  "nameDataKey",
  "latestTime",
]);

/** The driver behind a door. With `keepOpen`, closing stops at the door: the back end serves the next case too. */
export function watch(driver: KmsDriver, keepOpen: boolean): Door {
  const calls: DoorCall[] = [];
  let intervention: Intervention | undefined;
  const watched = new Proxy(
    { ...driver },
    {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function" || typeof name !== "string" || pureMembers.has(name)) return member;
        if (name === "close" && keepOpen) return () => Promise.resolve();
        return (...given: readonly unknown[]): unknown => {
          const call = { name, given };
          calls.push(call);
          const invoke = (): unknown => Reflect.apply(member, target, given);
          return intervention === undefined ? invoke() : intervention(call, invoke);
        };
      },
    },
  );
  return {
    driver: watched,
    calls: () => calls,
    intervene: (next) => {
      intervention = next;
    },
  };
}
