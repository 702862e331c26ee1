import { ringMessage } from "../messages.ts";
import { readId, readName } from "../names.ts";
import { cutPage, PAGE_FIELDS } from "../paging.ts";
import { type MethodRow, permission } from "./row.ts";

const create: MethodRow = {
  permission: permission("keyRings.create"),
  fields: ["parent", "keyRingId", "keyRing"],
  source: "service.proto, CreateKeyRing; kms-integrations, fakekms/contract/create_key_ring_test.go",
  locate: (input) => readName(["location"], input.text("parent"), "parent"),
  run: ({ input, name, project }) => {
    const id = readId(input.text("keyRingId"), "key_ring_id");
    return ringMessage(project.store.createRing(`${name}/keyRings/${id}`));
  },
};

const get: MethodRow = {
  permission: permission("keyRings.get"),
  fields: ["name"],
  source: "service.proto, GetKeyRing; kms-integrations, fakekms/contract/get_key_ring_test.go",
  locate: (input) => readName(["keyRing"], input.text("name"), "name"),
  run: ({ name, project }) => ringMessage(project.store.ring(name)),
};

const list: MethodRow = {
  permission: permission("keyRings.list"),
  fields: PAGE_FIELDS,
  source: "service.proto, ListKeyRings; provider facts §8.3 (listed by name)",
  locate: (input) => readName(["location"], input.text("parent"), "parent"),
  run: ({ input, name, project }) => {
    const { entries, ...rest } = cutPage(project.store.rings(name), (ring) => ring.name, input);
    return { keyRings: entries.map(ringMessage), ...rest };
  },
};

/** CreateKeyRing, GetKeyRing and ListKeyRings. */
export const KEY_RING_METHODS: Readonly<Record<string, MethodRow>> = {
  CreateKeyRing: create,
  GetKeyRing: get,
  ListKeyRings: list,
};
