/** From a date on, the least security strength that may protect new data. */
export interface StrengthRule {
  /** RFC 3339, midnight UTC. */
  readonly from: string;
  /** Bits; what counts as how much stands in the registry. */
  readonly protectBits: number;
  readonly source: string;
}

/** The dated table, ascending. Reading (decrypting, verifying) what was protected before is not limited by it. */
export const strengthRules: readonly StrengthRule[] = [
  {
    from: "2014-01-01T00:00:00.000Z",
    protectBits: 112,
    source: "NIST SP 800-57 Part 1 r5 Table 4 and SP 800-131A r2: 112 bits acceptable through 2030",
  },
  {
    from: "2031-01-01T00:00:00.000Z",
    protectBits: 128,
    source: "NIST SP 800-57 Part 1 r5 Table 4: less than 128 bits disallowed for protection from 2031 on",
  },
];

const steps = strengthRules.map(({ from, protectBits }) => ({ fromMs: Date.parse(from), protectBits }));

/** The least strength, in bits, that may protect at a time (milliseconds since the epoch); before the table, its first row. */
export const minimumStrengthAt = (now: number): number => {
  let bits = steps[0]?.protectBits ?? 0;
  for (const step of steps) if (now >= step.fromMs) bits = step.protectBits;
  return bits;
};
