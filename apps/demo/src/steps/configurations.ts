import { KmsError, type Algorithm, type KeyConf } from "@kms/core";
import { unlessNotTaken, type NotTaken } from "../attempt.ts";
import { essentialRoles, fileRoles, furtherRoles, type Role } from "../roles.ts";
import { assert, type Scene, type Step } from "../scene.ts";

/** An administrator seals what keys to make; the application opens that with the administrator's public key. */
export const configurations: Step = {
  name: "configurations",
  run: async (scene) => {
    const notTaken: NotTaken[] = [];
    const refusals = new Set<string>();
    const instead: string[] = [];
    const algorithms = new Map<Role, Algorithm>();
    for (const role of [...essentialRoles, ...furtherRoles]) {
      const { algorithm, refusal } = await sealed(scene, role);
      if (algorithm !== undefined) algorithms.set(role, algorithm);
      if (refusal === undefined) continue;
      const isNew = !notTaken.some(({ what }) => what === role.algorithm);
      if (isNew) notTaken.push({ what: role.algorithm, operation: "generateKey", code: "UNSUPPORTED" });
      if (!essentialRoles.includes(role)) continue;
      refusals.add(`${role.algorithm}: ${refusal}`);
      instead.push(`${role.role} ${algorithm === undefined ? "without a key" : `under ${algorithm}`}`);
    }
    assert(
      fileRoles.some((role) => algorithms.has(role)),
      "The back end has no key to protect a file with.",
    );
    for (const [role, algorithm] of algorithms) {
      const token = await scene.folder.readText(configurationFile(role));
      const opened = await scene.kms.openKeyConf(token, { provider: scene.backend.name, algorithm });
      assert(opened.labels?.["role"] === role.role, "A configuration opened as another than was sealed.");
      scene.configurations.set(role, opened as KeyConf);
    }
    const count = scene.configurations.size;
    return {
      facts: [
        `${count} key configurations sealed by an administrator, opened with the administrator's public key`,
        ...refusals,
        ...(instead.length === 0 ? [] : [`so here: ${instead.join(", ")}`]),
      ],
      notTaken,
    };
  },
};

/** Where a role's sealed configuration stands in the work folder. */
export const configurationFile = ({ role }: Role): string => `configurations/${role}.jws`;

/** What a role's configuration asks for, and why it is not what was wanted. */
interface Sealed {
  /** Undefined where the role gets no key. */
  readonly algorithm: Algorithm | undefined;
  /** What the back end said of keys as the role is written; undefined where it has them. */
  readonly refusal: string | undefined;
}

/** Seals a role's configuration; where the back end has no such keys and says so beforehand, for what it has instead. The other essential ones it must have. */
async function sealed(scene: Scene, role: Role): Promise<Sealed> {
  const { administrator, backend, folder } = scene;
  const seal = async (algorithm: Algorithm): Promise<string | undefined> => {
    const { ok } = administrator.supports({ provider: backend.name, operation: "generateKey", algorithm });
    const work = (): Promise<string> => administrator.sealKeyConf(backend.name, configurationOf(role, algorithm));
    const taken = await unlessNotTaken(ok ? undefined : "UNSUPPORTED", work);
    if (!("answer" in taken)) return taken.message;
    await folder.write(configurationFile(role), taken.answer);
    return undefined;
  };
  const refusal = await seal(role.algorithm);
  if (refusal === undefined) return { algorithm: role.algorithm, refusal };
  const { instead = {} } = backend;
  if (essentialRoles.includes(role) && !Object.hasOwn(instead, role.role)) throw missing(scene, role.algorithm);
  const algorithm = instead[role.role];
  if (algorithm !== undefined && (await seal(algorithm)) !== undefined) throw missing(scene, algorithm);
  return { algorithm, refusal };
}

const missing = ({ backend }: Scene, algorithm: Algorithm): KmsError =>
  new KmsError("UNSUPPORTED", `The story needs keys for ${algorithm}, which ${backend.title} does not have.`);

const configurationOf = ({ role }: Role, algorithm: Algorithm): KeyConf => ({
  algorithm,
  name: `demo-${role}`,
  labels: { app: "demo", role },
  destructionWindowDays: 7,
});
