import type { KeyHandle } from "../contract/key.ts";
import type { Algorithm } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { selectRow } from "../keys/capabilities.ts";
import { bindingOf, makeHandle, type HandleClaims } from "../keys/handle.ts";
import { BoundKey } from "./bound-key.ts";
import type { Instance } from "./instance.ts";
import type { Provider } from "./provider.ts";

/** What a handle is bound to. `INVALID_ARGUMENT` for a look-alike and for a handle of another `Kms`. */
export function boundKey(instance: Instance, value: unknown): BoundKey {
  const binding = bindingOf(value);
  if (binding instanceof BoundKey && binding.owner === instance) return binding;
  throw new KmsError(
    "INVALID_ARGUMENT",
    binding === undefined
      ? "This is no key handle. Handles are made by generateKey, getKey and openHandle; a copy of one is none."
      : "This handle belongs to another Kms. Seal it there and open it here.",
  );
}

/** A handle over claims. `UNSUPPORTED` where the provider has no such row. */
export function bind<A extends Algorithm>(instance: Instance, provider: Provider, claims: HandleClaims): KeyHandle<A> {
  const { algorithm, protection, origin, keyId } = claims;
  const row = selectRow(provider.driver.capabilities, algorithm, protection, origin);
  if (row === undefined) {
    throw new KmsError(
      "UNSUPPORTED",
      `Provider "${provider.name}" does not claim ${algorithm} keys (${protection}, ${origin}).`,
      { keyId },
    );
  }
  return makeHandle<A>(provider.name, new BoundKey(instance, provider, row, claims));
}
