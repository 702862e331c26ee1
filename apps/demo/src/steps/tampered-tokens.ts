import type { Json, KeyConf } from "@kms/core";
import { refusal, type Refusal } from "../attempt.ts";
import { editedToken, flippedToken } from "../forging.ts";
import { handleFile } from "../read-back.ts";
import { encryption, mac } from "../roles.ts";
import { keyOf, type Scene } from "../scene.ts";
import { configurationFile } from "./configurations.ts";

/** Tokens as an attacker would leave them in the work folder, and handles that nobody made. */
export async function tamperedTokens(scene: Scene): Promise<readonly Refusal[]> {
  return [...(await handles(scene)), ...(await configurations(scene))];
}

async function handles(scene: Scene): Promise<readonly Refusal[]> {
  const { kms, folder } = scene;
  const key = keyOf(scene, encryption);
  const token = await kms.sealHandle(key);
  const restricted = await folder.readText(handleFile(encryption));
  const open = (text: string) => () => kms.openHandle(text);
  const widened = editedToken(restricted, (claims) => delete claims["restriction"]);
  const elsewhere = editedToken(token, (claims) => {
    claims["keyId"] = keyOf(scene, mac).keyId;
  });
  return [
    await refusal("handle, one bit flipped in its claims", "TAMPERED", open(flippedToken(token, "payload"))),
    await refusal("handle, one bit flipped in its seal", "TAMPERED", open(flippedToken(token, "signature"))),
    await refusal("handle, its header changed", "TAMPERED", open(flippedToken(token, "header"))),
    await refusal("handle, its key exchanged", "TAMPERED", open(elsewhere)),
    await refusal("restricted handle, its restriction removed", "TAMPERED", open(widened)),
    await refusal("handle of another key than expected", "TAMPERED", () =>
      kms.openHandle(token, { algorithm: mac.algorithm }),
    ),
    await refusal("handle older than the floor", "STALE_HANDLE", () =>
      kms.openHandle(token, { minimumRevision: 1000 }),
    ),
    await refusal("object that looks like a handle", "INVALID_ARGUMENT", () =>
      kms.encrypt({ ...key }, new Uint8Array(16)),
    ),
    await refusal("restricted handle, used beyond its restriction", "POLICY_VIOLATION", () =>
      kms.encrypt(kms.restrictKey(key, { operations: ["decrypt"] }), new Uint8Array(16)),
    ),
  ];
}

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
      kms.sealKeyConf(backend.name, { algorithm: encryption.algorithm }),
    ),
  ];
}
