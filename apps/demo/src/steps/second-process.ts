import type { ActionConfig } from "@kms/core";
import { handleFile, readBack, type ReadBack } from "../read-back.ts";
import { encryption, mac, signature, type Role } from "../roles.ts";
import { keyOf, type Scene, type Step } from "../scene.ts";
import { readBackElsewhere } from "../start-second-process.ts";
import { counted } from "../wording.ts";

const reading: readonly (readonly [Role, ActionConfig])[] = [
  [encryption, { operations: ["decrypt"] }],
  [signature, { operations: ["verify"] }],
  [mac, { operations: ["verifyMac"] }],
];

/** Seals handles that may only read; another process opens them and reads everything back. */
export const secondProcess: Step = {
  name: "second process",
  run: async (scene) => {
    const { kms, folder } = scene;
    for (const [role, restriction] of reading) {
      await folder.write(handleFile(role), await kms.sealHandle(kms.restrictKey(keyOf(scene, role), restriction)));
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
  if ("staysBecause" in reach) {
    const read = await readBack({ provider, driver: await place.driver(), folder, publicKey });
    return { where: `3 sealed handles opened by a second Kms in this process: ${reach.staysBecause}`, read };
  }
  const { connection } = reach;
  const { pid, ...read } = await readBackElsewhere({ provider, connection, folder: folder.path, publicKey });
  return { where: `3 sealed handles opened by process ${pid}; this one is ${process.pid}`, read };
}
