import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Place } from "../place.ts";
import type { Samples } from "../statistics.ts";

interface Told {
  readonly peakKib: number;
  readonly tookUs: number;
}

/** Most resident memory, in MiB, of processes that stream four times the place's bytes, and of ones that stream a quarter. */
export function streamMemory(rounds: number, { scale: { streamBytes } }: Place): Samples {
  const samples = { ours: [] as number[], baseline: [] as number[], oursUs: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    const large = streamed(streamBytes * 4);
    samples.ours.push(large.peakKib / 1024);
    samples.oursUs.push(large.tookUs);
    samples.baseline.push(streamed(streamBytes / 4).peakKib / 1024);
  }
  return samples;
}

function streamed(lengthBytes: number): Told {
  const path = fileURLToPath(new URL("stream-process.js", import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [path, String(lengthBytes)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) throw new Error(`A process that streams ${lengthBytes} bytes ended with ${status}.`);
  return JSON.parse(stdout) as Told;
}
