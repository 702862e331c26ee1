/** The rows that are measured: these names stand in reports and never change. */
export type RowName =
  | "guard/aes/floor"
  | "guard/aes/raw"
  | "guard/es256/sign"
  | "guard/es256/verify"
  | "guard/hmac"
  | "guard/aes/jose"
  | "guard/es256/sign/jose"
  | "guard/es256/verify/jose"
  | "guard/hmac/jose"
  | "import/core"
  | "import/aws"
  | "adapter/aws/sequential"
  | "adapter/aws/concurrent-64";

/** One row of the table: what is compared with what, and how far apart they may be. */
export interface BenchRow {
  readonly name: RowName;
  /** What ours does. */
  readonly work: string;
  /** What it is compared with, written out in `baselines`. */
  readonly baseline: string;
  /** The highest ratio, our time over the baseline's, that meets the goal. */
  readonly goal: number;
  /** The ratio to reach for beyond the goal. */
  readonly stretch: number;
}

const aes = "AES-256-GCM encrypt + decrypt, 1 KiB, own keys";
const sign = "ECDSA P-256 sign, 1 KiB, own keys";
const verify = "ECDSA P-256 verify, 1 KiB, pinned public key";
const mac = "HMAC-SHA256 make + verify, 1 KiB, own keys";

/** Every row, in the order of the report. Goals: `design.md` §8. */
export const rows: readonly BenchRow[] = [
  {
    name: "guard/aes/floor",
    work: aes,
    baseline: "floor: the bare node:crypto calls that the format needs",
    goal: 1.6,
    stretch: 1.3,
  },
  { name: "guard/aes/raw", work: aes, baseline: "one-key AES-GCM, random IV", goal: 4, stretch: 3.3 },
  { name: "guard/es256/sign", work: sign, baseline: "crypto.sign on a KeyObject", goal: 1.6, stretch: 1.3 },
  { name: "guard/es256/verify", work: verify, baseline: "crypto.verify on a KeyObject", goal: 1.25, stretch: 1.15 },
  { name: "guard/hmac", work: mac, baseline: "two createHmac", goal: 3.5, stretch: 2.5 },
  {
    name: "guard/aes/jose",
    work: aes,
    baseline: "jose: CompactEncrypt + compactDecrypt, A256GCM",
    goal: 1,
    stretch: 0.5,
  },
  { name: "guard/es256/sign/jose", work: sign, baseline: "jose: CompactSign, ES256", goal: 1, stretch: 0.5 },
  { name: "guard/es256/verify/jose", work: verify, baseline: "jose: compactVerify, ES256", goal: 1, stretch: 0.5 },
  { name: "guard/hmac/jose", work: mac, baseline: "jose: CompactSign + compactVerify, HS256", goal: 1, stretch: 0.5 },
  {
    name: "import/core",
    work: "a new process importing @kms/core, over bare node",
    baseline: "jose, over bare node",
    goal: 1,
    stretch: 0.6,
  },
  {
    name: "import/aws",
    work: "what importing @kms/aws adds to core, unused",
    baseline: "what core adds to bare node",
    goal: 0.8,
    stretch: 0.5,
  },
  {
    name: "adapter/aws/sequential",
    work: "encrypt, 1 KiB, over a client that answers at once",
    baseline: "client.send(new EncryptCommand), same client",
    goal: 1.1,
    stretch: 1.05,
  },
  {
    name: "adapter/aws/concurrent-64",
    work: "64 encrypts at a time, 1 KiB, over a client that answers at once",
    baseline: "64 × client.send(new EncryptCommand), same client",
    goal: 1.15,
    stretch: 1.08,
  },
];

/** The row of a name; undefined when there is none. */
export const rowOf = (name: string | undefined): BenchRow | undefined => rows.find((row) => row.name === name);
