import { backends } from "./backends.ts";
import { demo } from "./demo.ts";

// Whoever interrupts gets a clean end: what listens to "exit" removes what was written.
const endBy = (signal: NodeJS.Signals, number: number): void => {
  process.once(signal, () => process.exit(128 + number));
};
endBy("SIGINT", 2);
endBy("SIGTERM", 15);

process.exitCode = await demo(backends, process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  environment: process.env,
});
