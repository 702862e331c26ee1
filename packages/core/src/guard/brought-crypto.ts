import type { Implementation } from "../contract/capabilities.ts";
import type { PublicKeyCrypto } from "../contract/options.ts";
import type { Algorithm } from "../contract/words.ts";
import type { Instance } from "./instance.ts";

/** What the application brought for an algorithm that this runtime lacks. */
export const broughtCrypto = (
  instance: Instance,
  algorithm: Algorithm,
  use: "verify" | "encapsulate",
): PublicKeyCrypto | undefined =>
  instance.publicKeyCrypto.find((crypto) => crypto[use] !== undefined && crypto.algorithms.includes(algorithm));

/** What policy is told of it: JavaScript, unless it says "native" (`crypto-rules` 14). */
export function broughtImplementation(
  instance: Instance,
  algorithm: Algorithm,
  use: "verify" | "encapsulate",
): Implementation | undefined {
  const brought = broughtCrypto(instance, algorithm, use);
  if (brought === undefined) return undefined;
  return brought.implementation === "native" ? "local" : "js";
}
