import type { KeyVaultKey } from "@azure/keyvault-keys";
import { KmsError, type Call, type Outcome } from "@kms/core/driver";
import { present } from "../errors.ts";
import { keyIdOf, parseKeyId, sameName, versionIdOf } from "../key-id.ts";
import { shapeIn, type Vault, type VersionShape } from "../records.ts";

/** One version, or the newest. `TAMPERED` when another key or version answers. */
export async function readVersion(
  { connection }: Vault,
  name: string,
  version: string | undefined,
  call: Call,
): Promise<KeyVaultKey> {
  const key = await connection.ask(
    (keys, settings) => keys.getKey(name, { ...settings, ...(version === undefined ? {} : { version }) }),
    call,
  );
  return checkedKey(connection.host, key, { name, version });
}

/** The key, if it is the one that was meant, with its version named. `outcome`: what is known of a change that it answers; default "none". */
export function checkedKey<K extends KeyVaultKey>(
  host: string,
  key: K,
  meant: { readonly name: string; readonly version?: string | undefined; readonly outcome?: Outcome },
): K {
  const named = parseKeyId(present(key.id, "kid"));
  const isMeant =
    named?.host === host &&
    sameName(named.name, meant.name) &&
    named.version !== undefined &&
    (meant.version === undefined || named.version === meant.version);
  if (isMeant) return key;
  throw new KmsError("TAMPERED", "A key of Azure was read and another key or version answered; check the address.", {
    keyId: keyIdOf(host, meant.name),
    outcome: meant.outcome,
  });
}

/** By which a key is remembered. */
export const memoryId = ({ connection }: Vault, name: string): string => keyIdOf(connection.host, name).toLowerCase();

/** The type of a version that was shown, kept for the time that it is disabled. */
export function keepShape(vault: Vault, key: KeyVaultKey): VersionShape {
  const shape = shapeIn(key);
  const version = present(key.properties.version, "a version");
  vault.memory.shapes.set(versionIdOf(memoryId(vault, key.name), version), shape);
  return shape;
}
