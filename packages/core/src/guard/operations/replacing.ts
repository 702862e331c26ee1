import { wrapForImport } from "../../algorithms/primitives.ts";
import { algorithmRow, symmetric } from "../../algorithms/registry.ts";
import type { ImportTicket } from "../../contract/driver.ts";
import type { KeyHandle } from "../../contract/key.ts";
import type { Algorithm, Bytes, OwnedBytes } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { dropUndefined } from "../../keys/configuration.ts";
import { afterwards, changing, drive, harmless, poll } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import { unsupported } from "../provider.ts";
import type { KeyTask, Task } from "../task.ts";
import { refuseStranger } from "../versions.ts";
import { checkClaimed, makeKey, questionOfConf, type Configured } from "./making.ts";
import { checkManaged } from "./lifecycle.ts";
import { readOwnRecord } from "./records.ts";
import { questionOf } from "./use.ts";

/** A new key configured like the old one, which it names; the old key is left as it is. Its name and dates are not carried over. */
export const replaceKey: Row<KeyTask, undefined, KeyHandle> = {
  operation: "replaceKey",
  effect: "manage",
  mutates: true,
  check: (task) => checkManaged(task, "replaceKey"),
  question: (task) => questionOf(task, "protect"),
  work: async (task) => {
    const { claims, provider } = task.key;
    const { driver } = provider;
    const { algorithm, protection, exportable, destructionWindowDays } = claims;
    const record = await readOwnRecord(task, claims.keyId);
    refuseStranger(claims, record);
    const { labels, rotateEveryDays, options } = record;
    const conf = driver.checkConf(
      dropUndefined({
        algorithm,
        protection,
        // A driver without labels does not know the member.
        labels: Object.keys(labels).length === 0 ? undefined : labels,
        exportable: exportable || undefined,
        destructionWindowDays,
        rotateEveryDays,
        options,
      }),
    );
    return makeKey(
      task,
      { conf, origin: "generated", replaces: claims.keyId },
      async (named) => (await drive(task, changing, (call) => driver.createKey(named, call))).id,
    );
  },
};

/** The caller's material as a key of the provider's, wrapped on the way where the provider asks for it; then read back like a generated one. */
export const importKey: Row<Task, Configured & { readonly material: OwnedBytes }, KeyHandle> = {
  operation: "importKey",
  effect: "manage",
  mutates: true,
  check: (task, { conf, material }) => {
    checkClaimed(task.provider, "importKey", conf, "imported");
    checkMaterial(conf.algorithm, material.length);
  },
  question: (task, { conf }) => questionOfConf(task, conf),
  work: (task, { conf, material }) =>
    makeKey(task, { conf, origin: "imported", replaces: undefined }, async (named) => {
      const { driver, name } = task.provider;
      const begun = await drive(task, changing, async (call) => driver.beginImport?.(named, undefined, call));
      if (begun === undefined) throw unsupported(name, "importKey", conf.algorithm);
      const complete = async (): Promise<string> => {
        const ticket = await readyTicket(task, begun);
        const wrapped = wrap(ticket, material);
        const record = await drive(task, changing, async (call) =>
          driver.completeImport?.(ticket, named, wrapped, call),
        );
        if (record === undefined) throw unsupported(name, "importKey", conf.algorithm);
        return record.id;
      };
      if (begun.id === undefined) return complete();
      return afterwards(task, begun.id, `A key without material is there: ${begun.id}.`, complete);
    }),
};

/** A symmetric key's material has exactly the key's length; private keys are PKCS#8, whose shape the driver checks. */
function checkMaterial(algorithm: Algorithm, lengthBytes: number): void {
  const row = algorithmRow(algorithm);
  if (lengthBytes === 0) throw new KmsError("INVALID_ARGUMENT", "There is no key material to import: it is empty.");
  if (!symmetric(row) || row.keyBits === undefined || lengthBytes * 8 === row.keyBits) return;
  throw new KmsError(
    "INVALID_ARGUMENT",
    `${algorithm} takes ${row.keyBits / 8} bytes of key material; ${lengthBytes} were given.`,
  );
}

async function readyTicket(task: Task, begun: ImportTicket): Promise<ImportTicket> {
  const isReady = (ticket: ImportTicket): boolean => ticket.wrap === "none" || ticket.publicKey !== undefined;
  if (isReady(begun)) return begun;
  const again = task.provider.driver.continueImport;
  if (again === undefined) {
    throw new KmsError("NOT_READY", "The provider gave no wrapping key for the import, and no way to ask again.", {
      keyId: begun.id,
    });
  }
  let ticket = begun;
  return poll(task, async () => (ticket = await drive(task, harmless, (call) => again(ticket, call))), isReady);
}

const wrap = (ticket: ImportTicket, material: OwnedBytes): Bytes =>
  ticket.wrap === "none" || ticket.publicKey === undefined
    ? material
    : wrapForImport(ticket.wrap, ticket.publicKey, material);
