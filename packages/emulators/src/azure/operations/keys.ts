import { bundle, keyItem, versionItem } from "../bundles.ts";
import { notImplemented } from "../errors.ts";
import { disabled } from "../key-version.ts";
import { cutPage, PAGE_PARAMETERS } from "../paging.ts";
import { readNewSettings, readSettings, readSpec } from "./key-settings.ts";
import { type Call, needs, type OperationRow, reference } from "./row.ts";

/** Who may read keys. Listing is a verb of its own in access policies alone. */
const READ = needs("keys/read", "get", "keys/read/action");
const LIST = needs("keys/read", "list", "keys/read/action");

const create: OperationRow = {
  needs: needs("keys/create/action", "create", "keys/create"),
  fields: ["kty", "key_size", "crv", "key_ops", "attributes", "tags"],
  source: `${reference("create-key")}; provider facts §1.2 (an existing name makes a new version)`,
  run: async ({ input, name, nowMs, vault, view }) => {
    const [spec, settings] = [readSpec(input, vault), readNewSettings(input)];
    const key = vault.store.keyOrNew(name);
    const version = key.addVersion(spec, settings, nowMs);
    vault.store.keep(key);
    return bundle(view, key, version);
  },
};

const get: OperationRow = {
  needs: READ,
  fields: [],
  source: `${reference("get-key")}; whether a disabled version is refused: contract-fit §1, Open`,
  run: async ({ name, version: id, vault, view }) => {
    const key = vault.store.key(name);
    const version = key.version(id);
    if (!version.settings.enabled && vault.open.disabledGet === "refused") throw disabled("get");
    return bundle(view, key, version);
  },
};

const update: OperationRow = {
  needs: needs("keys/update/action", "update", "keys/write/action"),
  fields: ["key_ops", "attributes", "tags"],
  source: `${reference("update-key")}; provider facts §1.2 (per version)`,
  run: async ({ input, name, version: id, nowMs, vault, view }) => {
    const settings = readSettings(input);
    const key = vault.store.key(name);
    const version = key.version(id);
    version.change(settings, nowMs);
    return bundle(view, key, version);
  },
};

const pageOf = ({ view, query }: Call, path: string) => ({ address: `${view.base}/${path}`, query });

const list: OperationRow = {
  needs: LIST,
  fields: [],
  parameters: PAGE_PARAMETERS,
  source: reference("get-keys"),
  run: (call) => {
    const { vault, view } = call;
    const nameOf = ({ name }: { readonly name: string }): string => name.toLowerCase();
    const { entries, nextLink } = cutPage(vault.store.keys(), nameOf, pageOf(call, "keys"));
    return { value: entries.map((key) => keyItem(view, key)), nextLink };
  },
};

const listVersions: OperationRow = {
  needs: LIST,
  fields: [],
  parameters: PAGE_PARAMETERS,
  source: `${reference("get-key-versions")}; no order is documented`,
  run: (call) => {
    const { name, vault, view } = call;
    const key = vault.store.key(name);
    const versions = key.versions.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { entries, nextLink } = cutPage(versions, ({ id }) => id, pageOf(call, `keys/${name}/versions`));
    return { value: entries.map((version) => versionItem(view, key, version)), nextLink };
  },
};

const refused = (what: string): OperationRow => ({
  needs: { rbac: undefined, "access-policy": undefined, "local-rbac": undefined },
  fields: [],
  source: "not emulated",
  run: () => {
    throw notImplemented(what);
  },
});

/** Making, reading, changing and listing keys, and what of keys is not emulated. */
export const KEY_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  CreateKey: create,
  GetKey: get,
  UpdateKey: update,
  GetKeys: list,
  GetKeyVersions: listVersions,
  ImportKey: refused("the import of keys"),
  BackupKey: refused("backups"),
  RestoreKey: refused("backups"),
  Release: refused("the release of keys"),
  GetKeyAttestation: refused("attestations"),
};
