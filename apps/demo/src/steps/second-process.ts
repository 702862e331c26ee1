import { handleFile, readBack, type ReadBack } from "../read-back.ts";
import type { Role } from "../roles.ts";
import { keyOf, type Scene, type Step } from "../scene.ts";
import { readBackElsewhere } from "../start-second-process.ts";
import { fileRolesOf } from "../uses.ts";
import { counted } from "../wording.ts";

/** Seals handles that may only read; another process opens them and reads everything back. */
export const secondProcess: Step = {
  name: "second process",
  run: async (scene) => {
    const { kms, folder } = scene;
    for (const role of fileRolesOf(scene)) {
      const restricted = kms.restrictKey(keyOf(scene, role), { operations: [role.read] });
      await folder.write(handleFile(role), await kms.sealHandle(restricted));
    }
    scene.progress("reading everything back");
    const { where, read } = await readThere(scene);
    const { decrypted, signatures, macs, refusals } = read;
    return {
      facts: [
        where,
        `${counted(decrypted, "file")} decrypted to the same bytes; ${counted(signatures, "signature")} and ${counted(macs, "MAC")} hold`,
      ],
      refusals,
      counts: { decrypted, verified: signatures + macs, auditEvents: read.auditEvents },
    };
  },
};

async function readThere(scene: Scene): Promise<{ readonly where: string; readonly read: ReadBack }> {
  const { backend, place, folder, seals } = scene;
  const provider = backend.name;
  const { publicKey } = seals;
  const { secondProcess: reach } = place;
  const keys: readonly Role[] = fileRolesOf(scene).map((role) => {
    const { algorithm } = keyOf(scene, role);
    return { role: role.role, algorithm };
  });
  const opened = `${counted(keys.length, "sealed handle")} opened by`;
  if ("staysBecause" in reach) {
    const read = await readBack({ provider, driver: await place.driver(), keys, folder, publicKey });
    return { where: `${opened} a second Kms in this process: ${reach.staysBecause}`, read };
  }
  const { connection } = reach;
  const { pid, ...read } = await readBackElsewhere({ provider, connection, keys, folder: folder.path, publicKey });
  return { where: `${opened} process ${pid}; this one is ${process.pid}`, read };
}
