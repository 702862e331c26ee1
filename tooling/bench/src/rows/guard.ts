import type { BenchRow } from "../bench-row.ts";

const aes = "AES-256-GCM encrypt + decrypt, 1 KiB, own keys";
const sign = "ECDSA P-256 sign, 1 KiB, own keys";
const verify = "ECDSA P-256 verify, 1 KiB, pinned public key";
const mac = "HMAC-SHA256 make + verify, 1 KiB, own keys";

const operations: readonly Omit<BenchRow, "counts" | "stores">[] = [
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

/** Operations with own keys, over both stores. */
export const guardRows: readonly BenchRow[] = operations.map((row) => ({
  ...row,
  counts: "time",
  stores: ["memory", "sqlite"],
}));
