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
  | "import/gcp"
  | "adapter/aws/sequential"
  | "adapter/aws/concurrent-64"
  | "adapter/gcp/sequential"
  | "adapter/gcp/concurrent-64"
  | "lookup/read"
  | "lookup/create";

/** One row of the table: what is compared with what, and how far apart they may be. */
export interface BenchRow {
  readonly name: RowName;
  /** What ours does. */
  readonly work: string;
  /** What it is compared with, written out in `baselines`. */
  readonly baseline: string;
  /** The ratio that still meets the goal: the highest, or the lowest where `counts` says so. */
  readonly goal: number;
  /** The ratio to reach for beyond the goal; undefined where there is none. */
  readonly stretch: number | undefined;
  /** What the ratio is: our time over the baseline's, or how many times as fast as the baseline ours is. */
  readonly counts: "time" | "times as fast";
  /** Where the keys are kept. A row with several is measured over each, and the worse ratio is its own. */
  readonly stores: readonly StoreKind[];
}

/** A store of own keys: in this process's memory, or in a SQLite file. "none" where there are no own keys. */
export type StoreKind = "memory" | "sqlite" | "none";

/** Does a ratio meet a goal or a stretch of the row? */
export const meets = ({ counts }: Pick<BenchRow, "counts">, ratio: number, bound: number): boolean =>
  counts === "time" ? ratio <= bound : ratio >= bound;

const aes = "AES-256-GCM encrypt + decrypt, 1 KiB, own keys";
const sign = "ECDSA P-256 sign, 1 KiB, own keys";
const verify = "ECDSA P-256 verify, 1 KiB, pinned public key";
const mac = "HMAC-SHA256 make + verify, 1 KiB, own keys";

/** What a row says beside how it is counted and where its keys are. */
type PlainRow = Omit<BenchRow, "counts" | "stores">;
const overBothStores = (row: PlainRow): BenchRow => ({ ...row, counts: "time", stores: ["memory", "sqlite"] });
const withoutStore = (row: PlainRow): BenchRow => ({ ...row, counts: "time", stores: ["none"] });

const guardRows: readonly PlainRow[] = [
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
];

const importAndAdapterRows: readonly PlainRow[] = [
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
    name: "import/gcp",
    work: "what importing @kms/gcp adds to core, unused",
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
  {
    name: "adapter/gcp/sequential",
    work: "encrypt, 1 KiB, checksums sent and verified, over a server that answers at once",
    baseline: "client.encrypt without checksums, same client",
    goal: 1.1,
    stretch: 1.05,
  },
  {
    name: "adapter/gcp/concurrent-64",
    work: "64 encrypts at a time, 1 KiB, checksums sent and verified, over a server that answers at once",
    baseline: "64 × client.encrypt without checksums, same client",
    goal: 1.15,
    stretch: 1.08,
  },
];

const lookupRows: readonly BenchRow[] = [
  {
    name: "lookup/read",
    work: "get and unwrap one of 100,000 AES keys in a SQLite file, any of them, cache of 64 MiB",
    baseline: "the same of 100 keys",
    goal: 1.3,
    stretch: 1.15,
    counts: "time",
    stores: ["sqlite"],
  },
  {
    name: "lookup/create",
    work: "generateKey, AES-256-GCM, on the disk when it answers",
    baseline: "bare synchronous SQLite commit of the same bytes",
    goal: 0.5,
    stretch: undefined,
    counts: "times as fast",
    stores: ["sqlite"],
  },
];

/** Every row, in the order of the report. Goals: `design.md` §8. */
export const rows: readonly BenchRow[] = [
  ...guardRows.map(overBothStores),
  ...importAndAdapterRows.map(withoutStore),
  ...lookupRows,
];

/** The row of a name; undefined when there is none. */
export const rowOf = (name: string | undefined): BenchRow | undefined => rows.find((row) => row.name === name);
