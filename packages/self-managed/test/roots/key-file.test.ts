import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from "node:fs";
import type * as FileSystem from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createKeyFile, keyFileRoot } from "../../src/roots/key-file.ts";
import { keyRoot } from "../../src/roots/key.ts";
import { codeOf } from "../fixture.ts";
import { canary } from "../sealed/fixture.ts";

const disk = vi.hoisted(() => ({ synced: 0, fault: undefined as string | undefined }));

// Counts what is written through, and fails like a full disk where a test says so.
vi.mock("node:fs/promises", async (load) => {
  const real = await load<typeof FileSystem>();
  const open: typeof FileSystem.open = async (...given) => {
    const file = await real.open(...given);
    const sync = file.sync.bind(file);
    file.sync = async () => {
      disk.synced += 1;
      if (disk.fault !== undefined) throw Object.assign(new Error("disk"), { code: disk.fault });
      await sync();
    };
    return file;
  };
  return { ...real, open };
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kms-root-"));
  disk.synced = 0;
  disk.fault = undefined;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const at = (name: string): string => join(folder, name);
const use = async (path: string): Promise<Uint8Array> => keyFileRoot(path).slotKey(keyFileRoot(path).newParameters());
const written = (name: string, bytes: Uint8Array, mode = 0o600): string => {
  writeFileSync(at(name), bytes);
  chmodSync(at(name), mode);
  return at(name);
};

describe("a new key file", () => {
  it("holds 32 random bytes that its owner alone can read, written through with its folder", async () => {
    await createKeyFile(at("one"));
    await createKeyFile(at("other"));
    expect(readFileSync(at("one"))).toHaveLength(32);
    expect(readFileSync(at("one")).equals(readFileSync(at("other")))).toBe(false);
    expect(statSync(at("one")).mode & 0o777).toBe(0o600);
    expect(disk.synced).toBe(4);
    expect(await use(at("one"))).toHaveLength(32);
  });

  it("is never made over anything that is there", async () => {
    const path = written("one", Buffer.from("something"));
    symlinkSync(at("nowhere"), at("link"));
    mkdirSync(at("folder"));
    for (const name of [path, at("link"), at("folder")]) {
      expect(await codeOf(async () => createKeyFile(name))).toBe("ALREADY_EXISTS");
    }
    expect(readFileSync(path).toString()).toBe("something");
    expect(existsSync(at("nowhere"))).toBe(false);
  });

  it("is not left behind when the disk fails", async () => {
    disk.fault = "ENOSPC";
    expect(await codeOf(async () => createKeyFile(at("one")))).toBe("UNAVAILABLE");
    expect(existsSync(at("one"))).toBe(false);
  });

  it("needs a folder, and a path that is one", async () => {
    expect(await codeOf(async () => createKeyFile(at("no/one")))).toBe("NOT_FOUND");
    for (const path of ["", "a\0b", undefined]) {
      expect(await codeOf(async () => createKeyFile(path as string))).toBe("INVALID_ARGUMENT");
      expect(await codeOf(() => keyFileRoot(path as string))).toBe("INVALID_ARGUMENT");
    }
  });
});

describe("a key file as root", () => {
  it("is read when it is used, and is the root of the bytes in it", async () => {
    const root = keyFileRoot(at("one"));
    const parameters = root.newParameters();
    expect(await codeOf(async () => root.slotKey(parameters))).toBe("NOT_FOUND");
    written("one", canary(5));
    expect(await root.slotKey(parameters)).toEqual(await keyRoot(canary(5)).slotKey(parameters));
    written("one", canary(6));
    expect(await root.slotKey(parameters)).toEqual(await keyRoot(canary(6)).slotKey(parameters));
    expect(root.kind).toBe("key");
  });

  it("is followed where a link leads to it", async () => {
    symlinkSync(written("one", canary(5), 0o400), at("link"));
    expect(await use(at("link"))).toHaveLength(32);
  });

  it.each([0, 31, 33, 65, 1024])("is refused with %i bytes", async (length) => {
    expect(await codeOf(async () => use(written("one", new Uint8Array(length))))).toBe("INVALID_ARGUMENT");
  });

  it.each([0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])(
    "is refused when others have rights to it: mode %o",
    async (mode) => {
      expect(await codeOf(async () => use(written("one", canary(5), mode)))).toBe("PERMISSION_DENIED");
    },
  );

  it("is refused where it is a folder, a device or a pipe, without waiting for one", async () => {
    mkdirSync(at("folder"));
    execFileSync("mkfifo", ["-m", "600", at("pipe")]);
    for (const path of [at("folder"), at("pipe"), "/dev/zero"]) {
      expect(await codeOf(async () => use(path))).toBe("INVALID_ARGUMENT");
    }
  });

  it("shows nothing but its kind", async () => {
    const root = keyFileRoot(written("one", canary(5)));
    await root.slotKey(root.newParameters());
    expect(inspect(root, { showHidden: true, depth: 9 })).not.toContain(
      Buffer.from(canary(5)).toString("hex").slice(0, 12),
    );
    expect(JSON.parse(JSON.stringify(root))).toEqual({ kind: "key" });
  });
});
