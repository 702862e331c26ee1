import type { SigningCurve } from "../primitives.ts";

/** The standard algorithm suites of the AWS Encryption SDK, by id. `0x0478` and `0x0578` commit to the data key. */
export type SuiteId = 0x0014 | 0x0046 | 0x0078 | 0x0114 | 0x0146 | 0x0178 | 0x0214 | 0x0346 | 0x0378 | 0x0478 | 0x0578;

/** The suites that are written. */
export type WrittenSuiteId = 0x0478 | 0x0578;

/** One suite: AES-GCM with a 12-byte IV and a 16-byte tag throughout. */
export interface Suite {
  readonly id: SuiteId;
  /** The version of the message format that carries it. */
  readonly version: 1 | 2;
  /** Length of the data key. */
  readonly keyBytes: 16 | 24 | 32;
  /** How the data key becomes the key of header and frames. */
  readonly derivation: "none" | "sha256" | "sha384" | "committing";
  /** The curve of the signature over the whole message. */
  readonly signature: SigningCurve | undefined;
}

type Row = readonly [SuiteId, Suite["version"], Suite["keyBytes"], Suite["derivation"], SigningCurve?];
// Algorithm suites reference of the AWS Encryption SDK specification, framework/algorithm-suites.md.
const rows: readonly Row[] = [
  [0x0014, 1, 16, "none"],
  [0x0046, 1, 24, "none"],
  [0x0078, 1, 32, "none"],
  [0x0114, 1, 16, "sha256"],
  [0x0146, 1, 24, "sha256"],
  [0x0178, 1, 32, "sha256"],
  [0x0214, 1, 16, "sha256", "P-256"],
  [0x0346, 1, 24, "sha384", "P-384"],
  [0x0378, 1, 32, "sha384", "P-384"],
  [0x0478, 2, 32, "committing"],
  [0x0578, 2, 32, "committing", "P-384"],
];

const suites: ReadonlyMap<number, Suite> = new Map(
  rows.map(([id, version, keyBytes, derivation, signature]) => [
    id,
    Object.freeze<Suite>({ id, version, keyBytes, derivation, signature }),
  ]),
);

/** The suite of an id; `undefined` for one that is not standard. */
export const suiteOf = (id: number): Suite | undefined => suites.get(id);

/** Whether the message commits to one data key, so that it opens under no other. */
export const commits = ({ derivation }: Suite): boolean => derivation === "committing";

/** An id as documentation writes it: `0x0478`. */
export const suiteName = (id: number): string => `0x${id.toString(16).padStart(4, "0")}`;
