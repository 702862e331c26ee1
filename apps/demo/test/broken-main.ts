import { demo } from "../src/demo.ts";
import { opensEverything } from "./broken-back-ends.ts";

// The command as it is, over a back end that accepts what was tampered with.
process.exitCode = await demo([opensEverything], process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  environment: process.env,
});
