import { backends } from "./backends.ts";
import { demo } from "./demo.ts";

// Whoever interrupts gets a clean end: what listens to "exit" removes what was written.
const endBy = (signal: NodeJS.Signals, number: number): void => {
  process.once(signal, () => process.exit(128 + number));
};
endBy("SIGINT", 2);
endBy("SIGTERM", 15);

// Nobody reads on: as a shell's own programs end then.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 128 + 13 : 1));

process.exitCode = await demo(backends, process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  environment: process.env,
});
