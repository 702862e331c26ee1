import type { BenchRow } from "../bench-row.ts";

interface Adapter {
  readonly name: "aws" | "gcp" | "azure";
  readonly call: string;
  readonly calls: string;
  /** How the call is answered, and what goes with it. */
  readonly over: string;
  readonly raw: string;
}

const adapters: readonly Adapter[] = [
  {
    name: "aws",
    call: "encrypt",
    calls: "encrypts",
    over: "1 KiB, over a client that answers at once",
    raw: "client.send(new EncryptCommand)",
  },
  {
    name: "gcp",
    call: "encrypt",
    calls: "encrypts",
    over: "1 KiB, checksums sent and verified, over a server that answers at once",
    raw: "client.encrypt without checksums",
  },
  {
    name: "azure",
    call: "ECDSA P-256 sign",
    calls: "ECDSA P-256 signs",
    over: "1 KiB, over a server that answers at once",
    raw: "SHA-256 and CryptographyClient.sign",
  },
];

/** Providers' keys by their adapters, over the same official client as the baseline. */
export const adapterRows: readonly BenchRow[] = adapters.flatMap(({ name, call, calls, over, raw }): BenchRow[] => [
  {
    name: `adapter/${name}/sequential`,
    work: `${call}, ${over}`,
    baseline: `${raw}, same client`,
    goal: 1.1,
    stretch: 1.05,
    counts: "time",
    stores: ["none"],
  },
  {
    name: `adapter/${name}/concurrent-64`,
    work: `64 ${calls} at a time, ${over}`,
    baseline: `64 × ${raw}, same client`,
    goal: 1.15,
    stretch: 1.08,
    counts: "time",
    stores: ["none"],
  },
]);
