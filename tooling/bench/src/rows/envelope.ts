import type { BenchRow, Counted } from "../bench-row.ts";

const small = "1 KiB there and back, suite 0x0478";
const fresh = `${small}, a new data key each, raw AES recipient`;
const cached = `${small}, data key in the cache, raw AES recipient`;
const large = "1 MiB there and back, raw AES recipient";
const stream = "256 MiB there and back in one pipeline of Node streams, raw AES recipient";
const many = "10,000 messages of 1 KiB made under a key of AWS, 1,500 to a cached data key";

const floor = "floor: the bare node:crypto calls that the format needs";
const rawAes = "one-key AES-GCM, random IV";

type PlainRow = Omit<BenchRow, "counts" | "stores">;
const counting =
  (counts: Counted) =>
  (row: PlainRow): BenchRow => ({ ...row, counts, stores: ["none"] });

const kib = 1024;

/** Messages and streams under data keys: the table of the envelope. */
export const envelopeRows: readonly BenchRow[] = [
  counting("time")({ name: "envelope/1k/floor", work: fresh, baseline: floor, goal: 1.6, stretch: 1.3 }),
  counting("times as fast")({
    name: "envelope/1k/client-node",
    work: fresh,
    baseline: "@aws-crypto/client-node, same suite and wrapping",
    goal: 8,
    stretch: 10,
  }),
  counting("time")({ name: "envelope/1k-cached/floor", work: cached, baseline: floor, goal: 1.6, stretch: 1.3 }),
  counting("times as fast")({
    name: "envelope/1k-cached/client-node",
    work: cached,
    baseline: "@aws-crypto/client-node, its caching CMM",
    goal: 8,
    stretch: 10,
  }),
  counting("time")({
    name: "envelope/aws",
    work: "a message of 1 KiB made under a key of AWS, one call each, over a client that answers at once",
    baseline: "client.send(new GenerateDataKeyCommand), same client",
    goal: 1.3,
    stretch: undefined,
  }),
  counting("time")({
    name: "envelope/1m-64k/raw",
    work: `${large}, frames of 64 KiB`,
    baseline: rawAes,
    goal: 2.3,
    stretch: undefined,
    frameLengths: [64 * kib],
  }),
  counting("time")({
    name: "envelope/1m-1m/raw",
    work: `${large}, one frame`,
    baseline: rawAes,
    goal: 1.7,
    stretch: undefined,
    frameLengths: [1024 * kib],
  }),
  counting("times as fast")({
    name: "envelope/1m/client-node",
    work: `${large}, frames of 4 KiB, 64 KiB and 1 MiB`,
    baseline: "@aws-crypto/client-node, frames of the same length",
    goal: 1,
    stretch: undefined,
    frameLengths: [4 * kib, 64 * kib, 1024 * kib],
  }),
  counting("times as fast")({
    name: "envelope/stream/raw",
    work: stream,
    baseline: "createCipheriv and createDecipheriv as streams, one key",
    goal: 0.7,
    stretch: undefined,
  }),
  counting("times as fast")({
    name: "envelope/stream/client-node",
    work: stream,
    baseline: "@aws-crypto/client-node, the fastest of its frames of 4 KiB, 64 KiB and 1 MiB",
    goal: 1.3,
    stretch: undefined,
  }),
  counting("MiB")({
    name: "envelope/stream/rss",
    work: "most memory of a process that streams 1 GiB there and back",
    baseline: "the same of 64 MiB",
    goal: 1.1,
    stretch: undefined,
  }),
  counting("times as fast")({
    name: "envelope/10k/client-node",
    work: many,
    baseline: "@aws-crypto/client-node, its caching CMM, same limits and client",
    goal: 8,
    stretch: undefined,
  }),
  counting("calls")({
    name: "envelope/10k/calls",
    work: `calls to the provider for ${many}, 64 at a time`,
    baseline: "ceil(messages / messages to a data key)",
    goal: 1,
    stretch: undefined,
  }),
];
