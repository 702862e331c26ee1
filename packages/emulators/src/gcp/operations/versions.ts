import { notImplemented } from "../errors.ts";
import { versionMessage } from "../messages.ts";
import { readName } from "../names.ts";
import { cutPage, PAGE_FIELDS } from "../paging.ts";
import { type MethodRow, permission } from "./row.ts";

const create: MethodRow = {
  permission: permission("cryptoKeyVersions.create"),
  fields: ["parent", "cryptoKeyVersion"],
  source: "service.proto, CreateCryptoKeyVersion; kms-integrations, fakekms/contract/create_crypto_key_version_test.go",
  locate: (input) => readName(["cryptoKey"], input.text("parent"), "parent"),
  run: ({ input, name, nowMs, project }) => {
    const state = input.inner("cryptoKeyVersion", ["name", "state"])?.choice("state");
    if (state !== undefined && state !== "ENABLED") throw notImplemented(`a new version in state ${state}`);
    const version = project.store.key(name).addVersion(nowMs);
    const isPending = version.is.row.purpose !== "ENCRYPT_DECRYPT" && version.is.row.purpose !== "MAC";
    // Asymmetric versions are answered as pending however short the delay is (provider facts §8.3).
    return isPending ? versionMessage(version, nowMs, "PENDING_GENERATION") : versionMessage(version, nowMs);
  },
};

const get: MethodRow = {
  permission: permission("cryptoKeyVersions.get"),
  fields: ["name"],
  source: "service.proto, GetCryptoKeyVersion; kms-integrations, fakekms/contract/get_crypto_key_version_test.go",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: ({ name, nowMs, project }) => versionMessage(project.store.version(name).version, nowMs),
};

const list: MethodRow = {
  permission: permission("cryptoKeyVersions.list"),
  fields: PAGE_FIELDS,
  source: "service.proto, ListCryptoKeyVersions; the order is not documented, here it is by number",
  locate: (input) => readName(["cryptoKey"], input.text("parent"), "parent"),
  run: ({ input, name, nowMs, project }) => {
    const { entries, ...rest } = cutPage(project.store.key(name).versions, ({ is }) => is.name, input);
    return { cryptoKeyVersions: entries.map((version) => versionMessage(version, nowMs)), ...rest };
  },
};

const destroy: MethodRow = {
  permission: permission("cryptoKeyVersions.destroy"),
  fields: ["name"],
  source:
    "service.proto, DestroyCryptoKeyVersion; kms-integrations, fakekms/contract/destroy_crypto_key_version_test.go",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: ({ name, nowMs, project }) => {
    const { key, version } = project.store.version(name);
    version.scheduleDestruction(nowMs, nowMs + key.is.destroyScheduledMs);
    return versionMessage(version, nowMs);
  },
};

const restore: MethodRow = {
  permission: permission("cryptoKeyVersions.restore"),
  fields: ["name"],
  source: "service.proto, RestoreCryptoKeyVersion",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: ({ name, nowMs, project }) => {
    const { version } = project.store.version(name);
    version.restore(nowMs);
    return versionMessage(version, nowMs);
  },
};

/** Making, reading, destroying and restoring versions. */
export const VERSION_METHODS: Readonly<Record<string, MethodRow>> = {
  CreateCryptoKeyVersion: create,
  GetCryptoKeyVersion: get,
  ListCryptoKeyVersions: list,
  DestroyCryptoKeyVersion: destroy,
  RestoreCryptoKeyVersion: restore,
};
