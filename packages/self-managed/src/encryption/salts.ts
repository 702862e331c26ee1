import { fillRandom } from "../primitives.ts";

const saltBytes = 32;
const saltBlock = Buffer.alloc(32 * saltBytes);
let saltsUsed = 32;
const clock = new Float64Array(1);
const clockBytes = new Uint8Array(clock.buffer);

/**
 * A random salt of 32 bytes, for use once. Asking the generator for each costs a third of a short encryption, so 32 are
 * asked for at a time; each is overwritten as it is handed out. The clock, to the nanosecond, is mixed into every one: a
 * machine that was cloned with salts in waiting does not repeat them. Never for keys: those come one by one.
 */
export function nextSalt(): Uint8Array {
  if (saltsUsed === 32) {
    fillRandom(saltBlock);
    saltsUsed = 0;
  }
  const start = saltsUsed * saltBytes;
  saltsUsed += 1;
  const salt = new Uint8Array(saltBytes);
  salt.set(saltBlock.subarray(start, start + saltBytes));
  saltBlock.fill(0, start, start + saltBytes);
  clock[0] = performance.now();
  for (let index = 0; index < clockBytes.length; index += 1) {
    salt[index] = (salt[index] ?? 0) ^ (clockBytes[index] ?? 0);
  }
  return salt;
}
