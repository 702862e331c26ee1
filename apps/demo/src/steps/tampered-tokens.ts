import type { Algorithm, Json, KeyConf, KeyHandle } from "@kms/core";
import { refusal, type Refusal } from "../attempt.ts";
import { editedToken, flippedToken } from "../forging.ts";
import { handleFile } from "../read-back.ts";
import { encryption, essentialRoles, mac } from "../roles.ts";
import { keyOf, type Scene } from "../scene.ts";
import { mainRole, protectBytes } from "../uses.ts";
import { configurationFile } from "./configurations.ts";

/** Tokens as an attacker would leave them in the work folder, and handles that nobody made. Where no configurations were sealed, handles alone. */
export async function tamperedTokens(scene: Scene): Promise<readonly Refusal[]> {
  const ofConfigurations = scene.configurations.size === 0 ? [] : await configurations(scene);
  return [...(await handles(scene)), ...(await uses(scene)), ...ofConfigurations];
}

async function handles(scene: Scene): Promise<readonly Refusal[]> {
  const { kms, folder } = scene;
  const { role, key } = mainRole(scene);
  const token = await kms.sealHandle(key);
  const restricted = await folder.readText(handleFile(role));
  const open = (text: string) => () => kms.openHandle(text);
  const widened = editedToken(restricted, (claims) => delete claims["restriction"]);
  const elsewhere = editedToken(token, (claims) => {
    claims["keyId"] = anotherId(scene, key);
  });
  return [
    await refusal("handle, one bit flipped in its claims", "TAMPERED", open(flippedToken(token, "payload"))),
    await refusal("handle, one bit flipped in its seal", "TAMPERED", open(flippedToken(token, "signature"))),
    await refusal("handle, its header changed", "TAMPERED", open(flippedToken(token, "header"))),
    await refusal("handle, its key exchanged", "TAMPERED", open(elsewhere)),
    await refusal("restricted handle, its restriction removed", "TAMPERED", open(widened)),
    await refusal("handle of another key than expected", "TAMPERED", () =>
      kms.openHandle(token, { algorithm: otherThan(key.algorithm) }),
    ),
    await refusal("handle older than the floor", "STALE_HANDLE", () =>
      kms.openHandle(token, { minimumRevision: 1000 }),
    ),
  ];
}

/** Handles that must not be used as they are. */
async function uses(scene: Scene): Promise<readonly Refusal[]> {
  const { kms } = scene;
  const { role, key } = mainRole(scene);
  const use = (handle: KeyHandle): Promise<Uint8Array> =>
    protectBytes(kms, role, handle, { bytes: new Uint8Array(16) });
  return [
    await refusal("object that looks like a handle", "INVALID_ARGUMENT", () => use({ ...key })),
    await refusal("restricted handle, used beyond its restriction", "POLICY_VIOLATION", () =>
      use(kms.restrictKey(key, { operations: [role.read] })),
    ),
  ];
}

/** The id of another key of the scene's; where there is none, one that nobody has. */
const anotherId = ({ keys }: Scene, { keyId }: KeyHandle): string =>
  [...keys.values()].find((key) => key.keyId !== keyId)?.keyId ?? `${keyId.slice(0, -1)}-`;

const otherThan = (algorithm: Algorithm): Algorithm =>
  essentialRoles.find((role) => role.algorithm !== algorithm)?.algorithm ?? algorithm;

async function configurations(scene: Scene): Promise<readonly Refusal[]> {
  const { kms, backend, folder } = scene;
  const token = await folder.readText(configurationFile(encryption));
  const handle = await kms.sealHandle(keyOf(scene, encryption));
  const open = (text: string) => (): Promise<KeyConf> =>
    kms.openKeyConf(text, { provider: backend.name }) as Promise<KeyConf>;
  const exportable = editedToken(token, ({ conf }) => {
    (conf as { [name: string]: Json })["exportable"] = true;
  });
  return [
    await refusal("configuration, one bit flipped in its claims", "TAMPERED", open(flippedToken(token, "payload"))),
    await refusal("configuration, one bit flipped in its seal", "TAMPERED", open(flippedToken(token, "signature"))),
    await refusal("configuration, made exportable", "TAMPERED", open(exportable)),
    await refusal("configuration for another algorithm than expected", "TAMPERED", () =>
      kms.openKeyConf(token, { provider: backend.name, algorithm: mac.algorithm }),
    ),
    await refusal("handle passed off as a configuration", "TAMPERED", open(handle)),
    await refusal("configuration sealed without the administrator's key", "INVALID_ARGUMENT", () =>
      kms.sealKeyConf(backend.name, { algorithm: keyOf(scene, encryption).algorithm }),
    ),
  ];
}
