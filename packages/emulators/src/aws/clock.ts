export { DAY_MS, EmulatorClock } from "../clock.ts";
