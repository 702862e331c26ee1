/** Asks with no credentials to be found. The failure is an answer like any other: nothing is left for the process to stumble over. */
import { gcpKms } from "../src/index.ts";
import { call } from "./setup-plain.ts";

const driver = gcpKms({ keyRing: "projects/some-project/locations/global/keyRings/r" });
for (let count = 0; count < 2; count += 1) {
  try {
    await driver.describeKey("k", call());
  } catch (cause) {
    process.stdout.write(
      `${String(Reflect.get(cause as object, "code"))} ${String(Reflect.get(cause as object, "outcome"))}\n`,
    );
  }
}
await driver.close();
