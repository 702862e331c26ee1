import type { Purpose } from "../contract/words.ts";

/** How long a key version is meant to protect, and how long what it protected is meant to be read, in days from its creation. */
export interface Cryptoperiod {
  /** The originator-usage period; where the source gives a range, its longest. */
  readonly protectDays: number;
  /** The recipient-usage period, which begins with the other; absent where the source sets none. */
  readonly readDays?: number | undefined;
}

const yearDays = 365;
// Two years to protect, three more to read.
const symmetric: Cryptoperiod = { protectDays: 2 * yearDays, readDays: 5 * yearDays };

/** NIST SP 800-57 Part 1 r5 §5.3.6, Table 1 (guidance): data as it stands there, not law. `maximumProtectAgeDays` of a policy enforces. */
export const cryptoperiods: Readonly<Record<Purpose, Cryptoperiod>> = {
  encryption: symmetric,
  "key-wrapping": symmetric,
  mac: symmetric,
  signature: { protectDays: 3 * yearDays },
  "asymmetric-encryption": { protectDays: 2 * yearDays },
  "key-agreement": { protectDays: 2 * yearDays },
  "key-encapsulation": { protectDays: 2 * yearDays },
};
