// Streams so many bytes there and back in a process of its own: `stream-process.js <bytes>`. Tells the most memory that it had
// resident, in KiB, and how long the stream took, as JSON.
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { decryptionTransform, encryptionTransform, rawAesRecipient } from "@kms/envelope";
import { through } from "./through.ts";
import { assertDone, associatedData } from "./work.ts";

const lengthBytes = Number(process.argv[2]);
const recipient = rawAesRecipient("bench", "2041", randomBytes(32));
const start = process.hrtime.bigint();
const came = await through(lengthBytes, [
  encryptionTransform(recipient, associatedData),
  decryptionTransform(recipient, associatedData),
]);
assertDone(came === lengthBytes);
const tookUs = Number(process.hrtime.bigint() - start) / 1000;
process.stdout.write(JSON.stringify({ peakKib: peakKib(), tookUs }));

/** Linux counts in `maxRSS` what the parent had resident when it made the process; `VmHWM` is the process's own. */
function peakKib(): number {
  const status = "/proc/self/status";
  const own = existsSync(status) ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(status, "utf8"))?.[1] : undefined;
  return own === undefined ? process.resourceUsage().maxRSS : Number(own);
}
