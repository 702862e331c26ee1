import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "./check.ts";
import { readReasons } from "./json-file.ts";
import { lineCount, sourceFiles } from "./source-files.ts";

const listName = "tooling/checks/adapter-rooms.json";
const shared = ["index", "driver", "options", "key-id", "algorithms", "capabilities", "errors"];
const operations = ["keys", "encryption", "signing", "mac", "data-keys", "agreement", "wrapping", "lifecycle"];

interface Anatomy {
  readonly required: readonly string[];
  readonly optional: readonly string[];
}

const cloud: Anatomy = { required: [...shared, "client", "permissions"], optional: operations };
// What stands beneath own keys: their records, those records under seal, where they are kept and what opens them.
const ownKeys: Anatomy = {
  required: [...shared, "records", "sealed", "stores", "roots", "primitives"],
  optional: [...operations, "formats"],
};
const anatomies: Readonly<Record<string, Anatomy>> = { aws: cloud, azure: cloud, gcp: cloud, "self-managed": ownKeys };

const driverCeiling = 80;

/** The rooms of one adapter: a file `room.ts`, or where it grew, a folder `room/`. */
const inspect = (root: string, adapter: string, { required, optional }: Anatomy): string[] => {
  const source = `packages/${adapter}/src`;
  const rooms = roomsIn(root, source);
  const reasons = readReasons(join(root, listName));
  const known = new Set([...required, ...optional]);
  const driver = join(root, source, "driver.ts");
  const driverLines = existsSync(driver) ? lineCount(readFileSync(driver, "utf8")) : 0;
  return [
    ...required
      .filter((room) => !rooms.has(room))
      .map((room) => `${source} has no ${room}: every adapter has the same rooms`),
    ...[...rooms]
      .filter((room) => !known.has(room) && !Object.hasOwn(reasons, `${adapter}/${room}`))
      .map(
        (room) =>
          `${source}/${room} is no room of an adapter: move it into one, or list "${adapter}/${room}" in ${listName}`,
      ),
    ...(operations.some((room) => rooms.has(room))
      ? []
      : [`${source} has no file of operations (${operations.join(", ")})`]),
    ...(driverLines < driverCeiling
      ? []
      : [`${source}/driver.ts has ${driverLines} lines: it assembles, in under ${driverCeiling}`]),
  ];
};

/** A folder without source is no room. */
const roomsIn = (root: string, source: string): ReadonlySet<string> =>
  new Set(
    sourceFiles(root, [source], /\.ts$/).map((path) => path.slice(source.length + 1).replace(/(\/.*|\.ts)$/, "")),
  );

/** Packages that assemble a driver, core apart, whose door to the contract has that name. */
const strangers = (root: string): string[] =>
  readdirSync(join(root, "packages"))
    .filter((name) => existsSync(join(root, "packages", name, "src", "driver.ts")))
    .filter((name) => name !== "core" && !Object.hasOwn(anatomies, name))
    .map((name) => `packages/${name} has a driver, and no anatomy here: say which rooms it has`);

const staleReasons = (root: string): string[] =>
  Object.keys(readReasons(join(root, listName)))
    .filter((entry) => {
      const [adapter = "", room = ""] = entry.split("/");
      const path = join(root, "packages", adapter, "src", room);
      return !existsSync(path) && !existsSync(`${path}.ts`);
    })
    .map((entry) => `${entry} is not there: take it off ${listName}`);

/** Every adapter has the same rooms (`design.md` §2): whoever has read one can read all. */
export const adapterRooms: Check = {
  name: "adapter-rooms",
  run: (root) => ({
    findings: [
      ...Object.entries(anatomies)
        .filter(([adapter]) => existsSync(join(root, "packages", adapter)))
        .flatMap(([adapter, anatomy]) => inspect(root, adapter, anatomy)),
      ...strangers(root),
      ...staleReasons(root),
    ],
  }),
};
