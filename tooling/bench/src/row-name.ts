/** The rows that are measured: these names stand in reports and never change. The first part is the group. */
export type RowName = GuardRow | ImportRow | AdapterRow | LookupRow | EnvelopeRow;

/** Operations with own keys. */
export type GuardRow =
  | "guard/aes/floor"
  | "guard/aes/raw"
  | "guard/es256/sign"
  | "guard/es256/verify"
  | "guard/hmac"
  | "guard/aes/jose"
  | "guard/es256/sign/jose"
  | "guard/es256/verify/jose"
  | "guard/hmac/jose";

/** Loading packages. */
export type ImportRow = "import/core" | "import/aws" | "import/gcp" | "import/azure" | "import/envelope";

/** Providers' keys by their adapters. */
export type AdapterRow = `adapter/${"aws" | "gcp" | "azure"}/${"sequential" | "concurrent-64"}`;

/** Stores of many own keys. */
export type LookupRow = "lookup/read" | "lookup/create";

/** Messages and streams under data keys. */
export type EnvelopeRow =
  | "envelope/1k/floor"
  | "envelope/1k/client-node"
  | "envelope/1k-cached/floor"
  | "envelope/1k-cached/client-node"
  | "envelope/aws"
  | "envelope/1m-64k/raw"
  | "envelope/1m-1m/raw"
  | "envelope/1m/client-node"
  | "envelope/stream/raw"
  | "envelope/stream/client-node"
  | "envelope/stream/rss"
  | "envelope/10k/client-node"
  | "envelope/10k/calls";
