import type { CryptoKey } from "../crypto-key.ts";
import { invalid, notImplemented } from "../errors.ts";
import { Input } from "../input.ts";
import { keyMessage, versionMessage } from "../messages.ts";
import { readName } from "../names.ts";
import { readLabels, readRotation, readTemplate } from "./key-settings.ts";
import { type Call, type MethodRow, permission } from "./row.ts";

/** The object of an update as it arrived: only what the mask names is read. */
function target(input: Input, field: string): Input {
  const message = input.raw(field) ?? {};
  return new Input(message, Object.keys(message));
}

/** INVALID_ARGUMENT without paths. Source: kms-integrations, fakekms/contract/update_crypto_key_test.go. */
function readMask(input: Input): readonly string[] {
  const paths = input.inner("updateMask", ["paths"])?.texts("paths") ?? [];
  if (paths.length === 0) throw invalid("Field update_mask names no field to update.");
  return paths;
}

const badPath = (path: string): Error =>
  path.startsWith("key_access_justifications_policy") || path.startsWith("labels.")
    ? notImplemented(`an update of ${path}`)
    : invalid(`Field ${path} in update_mask cannot be updated.`);

const SCHEDULE = ["rotation_period", "next_rotation_time"];
const TEMPLATE = "version_template.algorithm";
const PATHS = [...SCHEDULE, TEMPLATE, "labels"];

// What the mask does not name stays: each of the two times is taken from the request or from the key.
function rotationAfter(key: CryptoKey, changed: Input, paths: readonly string[], nowMs: number): CryptoKey["rotation"] {
  const pick = (path: string, field: string, own: number | undefined): number | undefined =>
    paths.includes(path) ? changed.milliseconds(field) : own;
  const periodMs = pick("rotation_period", "rotationPeriod", key.rotation?.periodMs);
  const nextAtMs = pick("next_rotation_time", "nextRotationTime", key.rotation?.nextAtMs);
  return readRotation({ periodMs, nextAtMs }, key.is.purpose, nowMs);
}

// Everything is read before anything is changed: an update is whole or not at all.
function change(key: CryptoKey, changed: Input, paths: readonly string[], nowMs: number): void {
  const unknown = paths.find((path) => !PATHS.includes(path));
  if (unknown !== undefined) throw badPath(unknown);
  const template = paths.includes(TEMPLATE)
    ? readTemplate(changed.inner("versionTemplate", ["algorithm", "protectionLevel"]), key.is.purpose, key.is.level)
    : key.template;
  const labels = paths.includes("labels") ? readLabels(changed) : key.labels;
  const touchesSchedule = SCHEDULE.some((path) => paths.includes(path));
  const rotation = touchesSchedule ? rotationAfter(key, changed, paths, nowMs) : key.rotation;
  key.template = template;
  key.labels = labels;
  key.rotation = rotation;
}

const updateKey: MethodRow = {
  permission: permission("cryptoKeys.update"),
  fields: ["cryptoKey", "updateMask"],
  source: "service.proto, UpdateCryptoKey; kms-integrations, fakekms/contract/update_crypto_key_test.go",
  locate: (input) => readName(["cryptoKey"], target(input, "cryptoKey").text("name"), "crypto_key.name"),
  run: ({ input, name, nowMs, project }) => {
    const paths = readMask(input);
    const key = project.store.key(name);
    change(key, target(input, "cryptoKey"), paths, nowMs);
    return keyMessage(key, nowMs);
  },
};

const updateVersion: MethodRow = {
  permission: permission("cryptoKeyVersions.update"),
  fields: ["cryptoKeyVersion", "updateMask"],
  source: "service.proto, UpdateCryptoKeyVersion; kms-integrations, fakekms/contract/update_crypto_key_version_test.go",
  locate: (input) =>
    readName(["cryptoKeyVersion"], target(input, "cryptoKeyVersion").text("name"), "crypto_key_version.name"),
  run: ({ input, name, nowMs, project }) => {
    const paths = readMask(input);
    const unknown = paths.find((path) => path !== "state");
    if (unknown !== undefined) throw badPath(unknown);
    const state = target(input, "cryptoKeyVersion").text("state");
    if (state !== "ENABLED" && state !== "DISABLED") throw invalid("state can be updated to ENABLED or DISABLED only.");
    const { version } = project.store.version(name);
    version.setEnabled(state === "ENABLED", nowMs);
    return versionMessage(version, nowMs);
  },
};

function readVersionId(call: Call): number {
  const id = call.input.text("cryptoKeyVersionId");
  if (!/^[1-9][0-9]{0,9}$/.test(id)) throw invalid("Field crypto_key_version_id is not the id of a version.");
  return Number(id);
}

const updatePrimary: MethodRow = {
  permission: permission("cryptoKeys.update"),
  fields: ["name", "cryptoKeyVersionId"],
  source: "service.proto, UpdateCryptoKeyPrimaryVersion; Cloud KMS documentation, Key states, Primary CryptoKeyVersion",
  locate: (input) => readName(["cryptoKey"], input.text("name"), "name"),
  run: (call) => {
    const number = readVersionId(call);
    const key = call.project.store.key(call.name);
    // "Returns an error if called on a key whose purpose is not ENCRYPT_DECRYPT" (service.proto): which one, it says not.
    if (key.is.purpose !== "ENCRYPT_DECRYPT") throw notImplemented(`a primary version of a key for ${key.is.purpose}`);
    key.setPrimary(key.version(number));
    return keyMessage(key, call.nowMs);
  },
};

/** What changes keys and versions by masks, and which version is primary. */
export const UPDATE_METHODS: Readonly<Record<string, MethodRow>> = {
  UpdateCryptoKey: updateKey,
  UpdateCryptoKeyVersion: updateVersion,
  UpdateCryptoKeyPrimaryVersion: updatePrimary,
};
