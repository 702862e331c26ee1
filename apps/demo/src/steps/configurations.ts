import { KmsError, type KeyConf } from "@kms/core";
import { unlessNotTaken, type NotTaken } from "../attempt.ts";
import { essentialRoles, furtherRoles, type Role } from "../roles.ts";
import { assert, type Scene, type Step } from "../scene.ts";

/** An administrator seals what keys to make; the application opens that with the administrator's public key. */
export const configurations: Step = {
  name: "configurations",
  run: async (scene) => {
    const notTaken: NotTaken[] = [];
    for (const role of [...essentialRoles, ...furtherRoles]) {
      const token = await sealed(scene, role);
      if (token === undefined) notTaken.push({ what: role.algorithm, operation: "generateKey", code: "UNSUPPORTED" });
      else await scene.folder.write(configurationFile(role), token);
    }
    for (const role of [...essentialRoles, ...furtherRoles]) {
      if (notTaken.some(({ what }) => what === role.algorithm)) continue;
      const token = await scene.folder.readText(configurationFile(role));
      const opened = await scene.kms.openKeyConf(token, { provider: scene.backend.name, algorithm: role.algorithm });
      assert(opened.labels?.["role"] === role.role, "A configuration opened as another than was sealed.");
      scene.configurations.set(role, opened as KeyConf);
    }
    const count = scene.configurations.size;
    const facts = [
      `${count} key configurations sealed by an administrator, opened with the administrator's public key`,
    ];
    return { facts, notTaken };
  },
};

/** Where a role's sealed configuration stands in the work folder. */
export const configurationFile = ({ role }: Role): string => `configurations/${role}.jws`;

/** The token; undefined where the back end has no such keys. The essential ones it must have. */
async function sealed(scene: Scene, role: Role): Promise<string | undefined> {
  const { administrator, backend } = scene;
  const { ok } = administrator.supports({
    provider: backend.name,
    operation: "generateKey",
    algorithm: role.algorithm,
  });
  const work = (): Promise<string> => administrator.sealKeyConf(backend.name, configurationOf(role));
  const taken = await unlessNotTaken(ok ? undefined : "UNSUPPORTED", work);
  if ("answer" in taken) return taken.answer;
  if (!essentialRoles.includes(role)) return undefined;
  throw new KmsError(
    "UNSUPPORTED",
    `The story needs keys for ${role.algorithm}, which ${backend.title} does not have.`,
  );
}

const configurationOf = ({ role, algorithm }: Role): KeyConf => ({
  algorithm,
  name: `demo-${role}`,
  labels: { app: "demo", role },
  destructionWindowDays: 7,
});
