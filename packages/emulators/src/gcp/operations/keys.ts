import { DAY_MS } from "../../clock.ts";
import { invalid } from "../errors.ts";
import type { Input } from "../input.ts";
import { LIMITS, within } from "../limits.ts";
import { keyMessage } from "../messages.ts";
import { readId, readName } from "../names.ts";
import { cutPage, PAGE_FIELDS } from "../paging.ts";
import { readLabels, readLevel, readPurpose, readRotation, readTemplate } from "./key-settings.ts";
import { type MethodRow, permission } from "./row.ts";

/** "If not specified at creation time, the default duration is 30 days" (resources.proto, CryptoKey). */
const DESTROY_SCHEDULED_MS = 30 * DAY_MS;

// Output-only fields are ignored in requests (Google AIP-203).
const OUTPUT_ONLY = ["name", "primary", "createTime"];
const SETTINGS = ["purpose", "versionTemplate", "labels", "rotationPeriod", "nextRotationTime"];
const TEMPLATE_FIELDS = ["protectionLevel", "algorithm"];

const readDestroyScheduled = (key: Input): number => {
  const ms = key.milliseconds("destroyScheduledDuration") ?? DESTROY_SCHEDULED_MS;
  if (!within(ms, LIMITS.destroyScheduledMs)) {
    throw invalid("destroy_scheduled_duration is between 24 hours and 120 days.");
  }
  return ms;
};

const create: MethodRow = {
  permission: permission("cryptoKeys.create"),
  fields: ["parent", "cryptoKeyId", "cryptoKey", "skipInitialVersionCreation"],
  source: "service.proto, CreateCryptoKey; kms-integrations, fakekms/contract/create_crypto_key_test.go",
  locate: (input) => readName(["keyRing"], input.text("parent"), "parent"),
  run: ({ input, name: ring, nowMs, project }) => {
    const id = readId(input.text("cryptoKeyId"), "crypto_key_id");
    const settings = input.inner("cryptoKey", [...OUTPUT_ONLY, ...SETTINGS, "destroyScheduledDuration"]);
    if (settings === undefined) throw invalid("Field crypto_key is required.");
    const purpose = readPurpose(settings);
    const templateInput = settings.inner("versionTemplate", TEMPLATE_FIELDS);
    const level = readLevel(templateInput);
    const template = readTemplate(templateInput, purpose, level);
    const [periodMs, nextAtMs] = [settings.milliseconds("rotationPeriod"), settings.milliseconds("nextRotationTime")];
    const rotation = readRotation({ periodMs, nextAtMs }, purpose, nowMs);
    const [labels, destroyScheduledMs] = [readLabels(settings), readDestroyScheduled(settings)];
    const { generationDelayMs } = project;
    const is = {
      name: `${ring}/cryptoKeys/${id}`,
      purpose,
      level,
      createdAtMs: nowMs,
      destroyScheduledMs,
      generationDelayMs,
    };
    const key = project.store.createKey(is, template);
    key.labels = labels;
    key.rotation = rotation;
    if (!input.flag("skipInitialVersionCreation")) {
      const version = key.addVersion(nowMs);
      if (purpose === "ENCRYPT_DECRYPT") key.setPrimary(version);
    }
    return keyMessage(key, nowMs);
  },
};

const get: MethodRow = {
  permission: permission("cryptoKeys.get"),
  fields: ["name"],
  source: "service.proto, GetCryptoKey; kms-integrations, fakekms/contract/get_crypto_key_test.go",
  locate: (input) => readName(["cryptoKey"], input.text("name"), "name"),
  run: ({ name, nowMs, project }) => keyMessage(project.store.key(name), nowMs),
};

const list: MethodRow = {
  permission: permission("cryptoKeys.list"),
  fields: PAGE_FIELDS,
  source: "service.proto, ListCryptoKeys; kms-integrations, fakekms/contract/list_crypto_keys_test.go",
  locate: (input) => readName(["keyRing"], input.text("parent"), "parent"),
  run: ({ input, name, nowMs, project }) => {
    const { entries, ...rest } = cutPage(project.store.keys(name), (key) => key.is.name, input);
    return { cryptoKeys: entries.map((key) => keyMessage(key, nowMs)), ...rest };
  },
};

/** Creating and reading keys. */
export const KEY_METHODS: Readonly<Record<string, MethodRow>> = {
  CreateCryptoKey: create,
  GetCryptoKey: get,
  ListCryptoKeys: list,
};
