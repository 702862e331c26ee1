import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { runChild } from "../children.ts";
import { tally, type Finding, type Tally } from "../findings.ts";
import type { Secrets } from "./leaking.ts";
import { scannerFor } from "./scan.ts";

/** Has a process work with known key bytes, then looks for them in everything that it left and said. */
export async function lookForSecrets(directory: string): Promise<Tally> {
  const { code, output } = await runChild({ job: "canary", directory });
  if (code !== 0) {
    return tally("canary", {
      findings: [{ kind: "other", what: `the process ended with ${code}: ${output.slice(-600)}` }],
    });
  }
  const secrets = JSON.parse(readFileSync(join(directory, "secrets.json"), "utf8")) as Secrets;
  const entries = Object.entries(secrets).map(([name, hex]): [string, Uint8Array] => [name, Buffer.from(hex, "hex")]);
  const scan = scannerFor(Object.fromEntries(entries));
  const files = filesUnder(join(directory, "scanned"));
  const places = [
    ...files.map((path) => ({ name: path, bytes: readFileSync(path) })),
    { name: "stdout", bytes: Buffer.from(output) },
  ];
  const findings = places.flatMap(({ name, bytes }) =>
    scan(bytes).map(({ secret, spelling }): Finding => ({
      kind: "other",
      what: `${secret} stands in ${name} (${spelling})`,
    })),
  );
  const note = `${entries.length} secrets in ${places.length} places, none seen`;
  return tally("canary", { checks: places.length, findings, note: findings.length === 0 ? note : "" });
}

function filesUnder(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}
