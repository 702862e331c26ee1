import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decryptFile, encryptFile, rawAesRecipient, type FileProgress } from "../../src/index.ts";
import { flipped, refusal } from "../setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const associatedData = { file: "report" };
const plaintext = randomBytes(1_000_003);
let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "envelope-"));
  await writeFile(at("plain"), plaintext);
});
afterEach(() => rm(folder, { recursive: true }));

describe("files", () => {
  test("are not begun with options that do not exist", async () => {
    const options = { associatedData, suite: 1 as never };
    expect(await refusal(encryptFile(recipient, at("plain"), at("secret"), options))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    expect(await readdir(folder)).toEqual(["plain"]);
    const open = await readdir("/proc/self/fd").catch(() => []);
    const names = await Promise.all(open.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
    expect(names.filter((name) => name.startsWith(folder))).toEqual([]);
  });

  test("are encrypted and opened, with progress to the last byte, readable by their owner alone", async () => {
    const seen: FileProgress[] = [];
    await encryptFile(recipient, at("plain"), at("secret"), {
      associatedData,
      onProgress: (now) => void seen.push(now),
    });
    expect(seen.at(-1)).toEqual({ readBytes: plaintext.length, totalBytes: plaintext.length });
    expect(seen.length).toBeGreaterThan(2);
    const opened = await decryptFile(recipient, at("secret"), at("back"), { associatedData });
    expect({ ...opened.associatedData }).toEqual(associatedData);
    expect((await readFile(at("back"))).equals(plaintext)).toBe(true);
    expect((await stat(at("back"))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).toSorted()).toEqual(["back", "plain", "secret"]);
  });

  test("can be replaced by their own ciphertext and back", async () => {
    await encryptFile(recipient, at("plain"), at("plain"));
    expect((await readFile(at("plain"))).equals(plaintext)).toBe(false);
    await decryptFile(recipient, at("plain"), at("plain"));
    expect((await readFile(at("plain"))).equals(plaintext)).toBe(true);
  });

  test("can have names as long as the file system takes", async () => {
    const name = "n".repeat(255);
    await encryptFile(recipient, at("plain"), at(name));
    expect((await readdir(folder)).toSorted()).toEqual([name, "plain"]);
  });

  test("leave what stood under the target's name, and nothing beside it, when the last frame is wrong", async () => {
    await encryptFile(recipient, at("plain"), at("secret"));
    const message = await readFile(at("secret"));
    await writeFile(at("secret"), flipped(message, message.length - 1));
    await writeFile(at("back"), "of yesterday");
    expect((await refusal(decryptFile(recipient, at("secret"), at("back")))).code).toBe("DECRYPTION_FAILED");
    expect(await readFile(at("back"), "utf8")).toBe("of yesterday");
    expect((await readdir(folder)).toSorted()).toEqual(["back", "plain", "secret"]);
  });

  test("leave nothing when the caller ends the work", async () => {
    const cancelling = new AbortController();
    const { signal } = cancelling;
    const stop = (): void => cancelling.abort();
    const work = encryptFile(recipient, at("plain"), at("secret"), { signal, onProgress: stop });
    expect((await refusal(work)).code).toBe("CANCELLED");
    const failing = encryptFile(recipient, at("plain"), at("secret"), {
      onProgress: () => {
        throw new RangeError("enough");
      },
    });
    await expect(failing).rejects.toThrow("enough");
    expect(await readdir(folder)).toEqual(["plain"]);
  });

  test("leave nothing when who is told of progress refuses by a promise, which is waited for", async () => {
    let told = 0;
    const work = encryptFile(recipient, at("plain"), at("secret"), {
      onProgress: async () => {
        told += 1;
        await wait(10);
        throw new RangeError("enough");
      },
    });
    await expect(work).rejects.toThrow("enough");
    expect(told).toBe(1);
    expect(await readdir(folder)).toEqual(["plain"]);
  });

  test("replace a link itself, and no folder", async () => {
    await writeFile(at("elsewhere"), "of another");
    await symlink(at("elsewhere"), at("link"));
    await encryptFile(recipient, at("plain"), at("link"));
    expect(await readFile(at("elsewhere"), "utf8")).toBe("of another");
    await decryptFile(recipient, at("link"), at("back"));
    expect((await readFile(at("back"))).equals(plaintext)).toBe(true);
    await mkdir(at("folder"));
    expect((await refusal(encryptFile(recipient, at("plain"), at("folder")))).code).toBe("UNKNOWN");
    expect((await readdir(folder)).toSorted()).toEqual(["back", "elsewhere", "folder", "link", "plain"]);
  });

  test("that are missing or cannot be made are told", async () => {
    expect((await refusal(encryptFile(recipient, at("none"), at("secret")))).code).toBe("NOT_FOUND");
    expect((await refusal(encryptFile(recipient, at("plain"), at("none/secret")))).code).toBe("NOT_FOUND");
    expect((await refusal(encryptFile(recipient, folder, at("secret")))).code).toBe("UNKNOWN");
    expect(await readdir(folder)).toEqual(["plain"]);
  });

  test("with paths that are none are refused", async () => {
    for (const wrong of ["", 7, undefined, "a\0b"]) {
      expect((await refusal(encryptFile(recipient, wrong as string, at("secret")))).code).toBe("INVALID_ARGUMENT");
      expect((await refusal(decryptFile(recipient, at("plain"), wrong as string))).code).toBe("INVALID_ARGUMENT");
    }
  });

  test("refuse options that they do not know", async () => {
    const work = encryptFile(recipient, at("plain"), at("secret"), { progress: () => {} } as never);
    expect((await refusal(work)).code).toBe("INVALID_ARGUMENT");
  });
});
