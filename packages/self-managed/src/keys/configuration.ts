import { KmsError, type Algorithm, type KeyConf } from "@kms/core/driver";
import { isSelfManagedAlgorithm, type SelfManagedAlgorithm } from "../algorithms.ts";
import { destructionWindow } from "../capabilities.ts";
import type { Stamp } from "../records/stamp.ts";

/** Narrows a configuration. `INVALID_ARGUMENT` on options and numbers out of range, `UNSUPPORTED` on what own keys cannot be. */
export function checkConf({ options, ...conf }: KeyConf<Algorithm, unknown>): KeyConf<SelfManagedAlgorithm> {
  const { algorithm, protection, destructionWindowDays: days } = conf;
  if (options !== undefined) throw refused("Own keys have no options of their own; leave `options` out.");
  if (!isSelfManagedAlgorithm(algorithm)) {
    throw new KmsError(
      "UNSUPPORTED",
      "Own keys do not have that algorithm; see the capabilities for those that they have.",
    );
  }
  if (protection !== undefined && protection !== "software") {
    throw new KmsError("UNSUPPORTED", `Own keys have protection "software", not "${protection}".`);
  }
  const { minimumDays, maximumDays } = destructionWindow;
  if (days !== undefined && !(Number.isSafeInteger(days) && days >= minimumDays && days <= maximumDays)) {
    throw refused(`destructionWindowDays is a whole number from ${minimumDays} to ${maximumDays}.`);
  }
  if (conf.rotateEveryDays !== undefined && !(Number.isSafeInteger(conf.rotateEveryDays) && conf.rotateEveryDays > 0)) {
    throw refused("rotateEveryDays is a whole number from 1 on.");
  }
  if (conf.activateAt !== undefined && conf.deactivateAt !== undefined && conf.activateAt >= conf.deactivateAt) {
    throw refused("deactivateAt must be after activateAt.");
  }
  return { ...conf, algorithm };
}

/** `INVALID_ARGUMENT` for a key whose end has passed before it is made. */
export function assertNotOver({ deactivateAt }: KeyConf<SelfManagedAlgorithm>, { at }: Stamp): void {
  if (deactivateAt === undefined || deactivateAt.getTime() > at) return;
  throw refused("deactivateAt has passed already; choose a date to come.");
}

const refused = (message: string): KmsError => new KmsError("INVALID_ARGUMENT", message);
