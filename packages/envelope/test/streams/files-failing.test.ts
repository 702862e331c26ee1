import { randomBytes } from "node:crypto";
import type * as fs from "node:fs/promises";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { decryptFile, encryptFile, rawAesRecipient } from "../../src/index.ts";
import { flipped, refusal } from "../setup.ts";

/** What the file system refuses. */
const refused = { rm: false, close: false, sync: false };
const fail = (): never => {
  throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
};
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return {
    ...real,
    rm: async (...given: Parameters<typeof fs.rm>) => {
      if (refused.rm && String(given[0]).endsWith(".part")) fail();
      return real.rm(...given);
    },
    open: async (...given: Parameters<typeof fs.open>) => {
      const handle = await real.open(...given);
      if (given[1] !== "wx") return handle;
      const close = handle.close.bind(handle);
      handle.close = async () => close().then(() => (refused.close ? fail() : undefined));
      const sync = handle.sync.bind(handle);
      handle.sync = async () => sync().then(() => (refused.sync ? fail() : undefined));
      return handle;
    },
  };
});

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const plaintext = randomBytes(1_000);
let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "envelope-"));
  await writeFile(at("plain"), plaintext);
});
afterEach(async () => {
  Object.assign(refused, { rm: false, close: false, sync: false });
  await rm(folder, { recursive: true });
});

describe("a file system that refuses", () => {
  test("to remove what was begun does not hide why it was to be removed", async () => {
    await encryptFile(recipient, at("plain"), at("secret"));
    const message = await readFile(at("secret"));
    await writeFile(at("secret"), flipped(message, message.length - 1));
    refused.rm = true;
    expect((await refusal(decryptFile(recipient, at("secret"), at("back")))).code).toBe("DECRYPTION_FAILED");
    refused.close = true;
    expect((await refusal(decryptFile(recipient, at("secret"), at("back")))).code).toBe("DECRYPTION_FAILED");
  });

  test.each(["close", "sync"] as const)(
    "to %s the target leaves what stood there, and nothing beside it",
    async (what) => {
      await writeFile(at("secret"), "of yesterday");
      refused[what] = true;
      expect(await refusal(encryptFile(recipient, at("plain"), at("secret")))).toMatchObject({
        code: "UNKNOWN",
        cause: { code: "EIO" },
      });
      expect(await readFile(at("secret"), "utf8")).toBe("of yesterday");
      expect((await readdir(folder)).toSorted()).toEqual(["plain", "secret"]);
    },
  );
});
