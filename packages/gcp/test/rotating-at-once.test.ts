import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { KeyManagementServiceClient } from "@google-cloud/kms";
import { expect, test } from "vitest";
import { gcpKms } from "../src/index.ts";
import { guarded, kmsOver } from "./guarded.ts";
import type { RotatingTask } from "./rotate-at-once.ts";
import { bytes, call, complete, context, keyOf, stand, text } from "./setup.ts";

const numbers = (from: number, to: number): readonly string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => String(from + at));

/** A process of its own that rotates: ready when it has opened the handle, gone when it has done its rounds. */
async function rotatingProcess(task: RotatingTask) {
  const child = spawn(
    process.execPath,
    ["--import", "tsx", "--conditions=@kms/source", fileURLToPath(new URL("rotate-at-once.ts", import.meta.url))],
    {
      cwd: fileURLToPath(new URL("../../..", import.meta.url)),
      env: { PATH: process.env["PATH"], ROTATING_TASK: JSON.stringify(task) },
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect((await lines.next()).value).toBe("ready");
  return async (): Promise<readonly Uint8Array[]> => {
    const ended = once(child, "exit");
    child.stdin.write("go\n");
    const made: Uint8Array[] = [];
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      made.push(new Uint8Array(Buffer.from(line.value, "base64")));
    }
    expect(await ended).toEqual([0, null]);
    return made;
  };
}

test("two processes that rotate at once lose no version, end with the newest as primary, and old data opens", async () => {
  const here = await guarded();
  const key = await here.kms.generateKey("gcp", { algorithm: "AES-256-GCM" });
  const before = await here.kms.encrypt(key, bytes("before"));
  const { accessToken, clientConfiguration } = here.emulator;
  const handle = await here.kms.sealHandle(key);
  const rounds = 10;
  const task = { port: clientConfiguration.port, accessToken, keyRing: here.keyRing, handle, rounds };
  const [one, two] = await Promise.all([rotatingProcess(task), rotatingProcess(task)]);
  const made = (await Promise.all([one(), two()])).flat();
  expect(made).toHaveLength(2 * rounds);
  const { versions, currentVersion } = await here.kms.describeKey(key);
  expect(versions.map(({ keyVersion }) => keyVersion)).toEqual(numbers(1, 2 * rounds + 1));
  expect(versions.every(({ state }) => state === "active")).toBe(true);
  expect(currentVersion).toBe(String(2 * rounds + 1));
  const refreshed = await here.kms.refreshHandle(key);
  for (const ciphertext of [before, ...made]) {
    for (const opening of [key, refreshed]) expect(text(await here.kms.decrypt(opening, ciphertext))).toBe("before");
  }
});

test("a slower rotation that moves the primary version back sees it, and moves it on", async () => {
  const here = await stand();
  const key = await keyOf(here, "AES-256-GCM");
  const { version } = await here.driver.rotate(key, call());
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let isHeld = true;
  // What it knows of the versions is from before the other rotation, whose version it then takes the place of.
  const slow = Object.assign(Object.create(here.client) as KeyManagementServiceClient, {
    listCryptoKeyVersions: async (request: { readonly parent: string }, options: object) => {
      const answer = await here.client.listCryptoKeyVersions(request, options);
      if (isHeld) await held;
      return answer;
    },
  });
  const slower = complete(gcpKms({ client: slow, keyRing: here.keyRing }));
  here.emulator.requests.clear();
  const promoting = slower.promote({ ...key, version: version ?? "" }, call());
  while (here.emulator.requests.count("ListCryptoKeyVersions") === 0) await new Promise(setImmediate);
  const other = await here.driver.rotate(key, call());
  await here.driver.promote({ ...key, version: other.version ?? "" }, call());
  isHeld = false;
  release();
  expect([version, other.version, await promoting]).toMatchObject(["2", "3", { currentVersion: "3" }]);
  expect(await here.driver.encrypt(key, bytes("x"), context(), call())).toMatchObject({ version: "3" });
  expect(here.emulator.requests.count("UpdateCryptoKeyPrimaryVersion")).toBe(3);
});

test("a version that somebody has disabled is not made primary by a rotation that ends after it", async () => {
  const here = await stand();
  const key = await keyOf(here, "AES-256-GCM");
  await here.driver.rotate(key, call());
  await here.driver.rotate(key, call());
  await here.driver.setEnabled(key, "3", false, call());
  expect(await here.driver.promote({ ...key, version: "2" }, call())).toMatchObject({ currentVersion: "2" });
});

test("a primary version that somebody has disabled is not moved back to an older one", async () => {
  const here = await stand();
  const key = await keyOf(here, "AES-256-GCM");
  await here.driver.rotate(key, call());
  await here.driver.rotate(key, call());
  await here.driver.promote({ ...key, version: "3" }, call());
  await here.driver.setEnabled(key, "3", false, call());
  expect(await here.driver.promote({ ...key, version: "2" }, call())).toMatchObject({ currentVersion: "3" });
});

test.each(["AES-256-GCM", "HMAC-SHA256", "ECDSA-P256-SHA256"] as const)(
  "two instances that rotate a key for %s at once lose no version and agree on the one that protects",
  async (algorithm) => {
    const here = await guarded();
    const another = kmsOver(here);
    const key = await here.kms.generateKey("gcp", { algorithm });
    const elsewhere = await another.openHandle(await here.kms.sealHandle(key), { algorithm });
    const rounds = 4;
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all([here.kms.rotateKey(key), another.rotateKey(elsewhere)]);
    }
    const [mine, theirs] = [await here.kms.describeKey(key), await another.describeKey(elsewhere)];
    expect(mine.versions.map(({ keyVersion }) => keyVersion)).toEqual(numbers(1, 2 * rounds + 1));
    expect(mine.versions.every(({ state }) => state === "active")).toBe(true);
    expect([mine.currentVersion, theirs.currentVersion]).toEqual([String(2 * rounds + 1), String(2 * rounds + 1)]);
  },
);
