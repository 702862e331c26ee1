import { KmsError, type KmsDriver } from "@kms/core/driver";
import { member, toHex } from "../member.ts";
import type { Mutant } from "../mutant.ts";

type Import = NonNullable<KmsDriver["completeImport"]>;
type Export = NonNullable<KmsDriver["exportKey"]>;

/** What is broken where key material comes in and goes out. */
export const materialMutants: readonly Mutant[] = [
  {
    name: "completeImport stores other material than it was given",
    base: "self-managed",
    breaks: (driver) =>
      importing(driver, (next) => (ticket, conf, material, call) => {
        const other = Uint8Array.from(material, (byte, at) => (isRaw(material) && at === 0 ? byte ^ 1 : byte));
        return next(ticket, conf, other, call);
      }),
    fails: ["importing/does-the-same", "importing/copied", "exporting/what-was-imported"],
  },
  {
    name: "completeImport takes a private key with bytes behind it",
    base: "self-managed",
    breaks: (driver) =>
      importing(driver, (next) => (ticket, conf, material, call) => {
        const end = isRaw(material) ? material.length : wholeLength(material);
        return next(ticket, conf, material.subarray(0, end), call);
      }),
    fails: ["importing/wrong-material", "importing/leakage"],
  },
  {
    name: "a refused import says in its message what was given",
    base: "self-managed",
    breaks: (driver) =>
      importing(driver, (next) => async (ticket, conf, material, call) => {
        const shown = toHex(material);
        try {
          return await next(ticket, conf, material, call);
        } catch (error) {
          const { code } = error as KmsError;
          throw new KmsError(code, `This is no key: ${shown}.`);
        }
      }),
    fails: ["importing/leakage"],
  },
  {
    name: "exportKey gives out the same memory every time",
    base: "self-managed",
    breaks: (driver) => {
      const known = new Map<string, ReturnType<Export>>();
      return exporting(driver, (next) => (key, call) => {
        const answer = known.get(`${key.id} ${key.version}`) ?? next(key, call);
        known.set(`${key.id} ${key.version}`, answer);
        return answer;
      });
    },
    fails: ["exporting/not-shared", "exporting/states"],
  },
  {
    name: "exportKey reads no state",
    base: "self-managed",
    breaks: (driver) => exporting(driver, (next) => (key, call) => next(key, { ...call, accept: "suspended" })),
    fails: ["exporting/states"],
  },
];

const importing = (driver: KmsDriver, change: (next: Import) => Import): KmsDriver => {
  const completeImport: Import = (...given) => member(driver, "completeImport")(...given);
  return { ...driver, completeImport: change(completeImport) };
};
const exporting = (driver: KmsDriver, change: (next: Export) => Export): KmsDriver => ({
  ...driver,
  exportKey: change(member(driver, "exportKey")),
});

const isRaw = (material: Uint8Array): boolean => material.length <= 64;

/** The length that the outermost DER element says, with its header: two or three bytes. */
const wholeLength = ([, short = 0, long = 0]: Uint8Array): number => (short < 0x80 ? 2 + short : 3 + long);
