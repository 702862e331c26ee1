import { bundle, deletedBundle, deletedItem } from "../bundles.ts";
import { cutPage, PAGE_PARAMETERS } from "../paging.ts";
import { needs, type OperationRow, reference } from "./row.ts";

const remove: OperationRow = {
  needs: needs("keys/delete", "delete", "keys/delete"),
  fields: [],
  source: `${reference("delete-key")}; provider facts §3.1`,
  run: ({ name, vault, view }) => {
    const { key, deletion } = vault.store.delete(name);
    return deletion === undefined ? bundle(view, key, key.latest) : deletedBundle(view, deletion);
  },
};

const getDeleted: OperationRow = {
  needs: needs("keys/read", "get", "keys/deletedKeys/read/action"),
  fields: [],
  source: `${reference("get-deleted-key")}; provider facts §3.1 (404 until the deletion is done)`,
  run: ({ name, vault, view }) => deletedBundle(view, vault.store.deleted(name)),
};

const listDeleted: OperationRow = {
  needs: needs("keys/read", "list", "keys/deletedKeys/read/action"),
  fields: [],
  parameters: PAGE_PARAMETERS,
  source: reference("get-deleted-keys"),
  run: ({ query, vault, view }) => {
    const page = { address: `${view.base}/deletedkeys`, query };
    const { entries, nextLink } = cutPage(vault.store.deletedKeys(), ({ key }) => key.name.toLowerCase(), page);
    return { value: entries.map((deletion) => deletedItem(view, deletion)), nextLink };
  },
};

const recover: OperationRow = {
  needs: needs("keys/recover/action", "recover", "keys/deletedKeys/recover/action"),
  fields: [],
  source: `${reference("recover-deleted-key")}; provider facts §3.1 (asynchronous)`,
  run: ({ name, vault, view }) => {
    const key = vault.store.recover(name);
    return bundle(view, key, key.latest);
  },
};

const purge: OperationRow = {
  needs: needs("keys/purge/action", "purge", "keys/deletedKeys/delete"),
  fields: [],
  source: `${reference("purge-deleted-key")}; provider facts §1.2 (forbidden under purge protection)`,
  run: ({ name, vault }) => {
    vault.store.purge(name);
    return undefined;
  },
};

/** Soft delete: deleting, looking at what is deleted, bringing it back, purging it. */
export const DELETION_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  DeleteKey: remove,
  GetDeletedKey: getDeleted,
  GetDeletedKeys: listDeleted,
  RecoverDeletedKey: recover,
  PurgeDeletedKey: purge,
};
