import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isVersion,
  parseKeyRing,
  parseVersionName,
  readReference,
  sameKey,
  scopeOf,
  versionNameOf,
} from "../src/key-id.ts";
import { refusal } from "./setup.ts";

const location = "projects/some-project/locations/europe-west1";
const keyRing = `${location}/keyRings/Ring_1`;
const key = `${keyRing}/cryptoKeys/Key-1`;

const codeOf = async (work: () => unknown): Promise<string> => (await refusal((async () => work())())).code;

describe("a reference", () => {
  test("is a full name, or an id in the driver's key ring", () => {
    expect(readReference(key, `${keyRing}-other`)).toBe(key);
    expect(readReference("Key-1", keyRing)).toBe(key);
    const domain = key.replace("some-project", "example.com:some-project");
    expect(readReference(domain, keyRing.replace("some-project", "example.com:some-project"))).toBe(domain);
  });

  test.each([
    "",
    "a/b",
    "../Key-1",
    "Key 1",
    "Key-1\n",
    "k".repeat(64),
    `${key}/`,
    `/${key}`,
    `${key}\n`,
    `${key}/cryptoKeyVersions/1`,
    keyRing,
    key.replace("some-project", "123456789012"), // the project's number names the same key another way
    key.replace("some-project", "Some-Project"),
    key.replace("europe-west1", "../global"),
    key.replace("Ring_1", "r%2f"),
    `//cloudkms.googleapis.com/${key}`,
    key.toUpperCase(),
  ])("that Google cannot have is INVALID_ARGUMENT: %j", async (reference) => {
    expect(await codeOf(() => readReference(reference, keyRing))).toBe("INVALID_ARGUMENT");
  });

  test("by the project's number says that this is what is wrong", async () => {
    const numbered = key.replace("some-project", "123456789012");
    const error = await refusal((async () => readReference(numbered, keyRing))());
    expect(error.message).toContain("number");
    expect(error.message).not.toContain("123456789012");
  });

  test("into another project or location, whose handles this driver could not open again, is INVALID_ARGUMENT", async () => {
    for (const elsewhere of [key.replace("some-project", "other-project"), key.replace("europe-west1", "global")]) {
      expect(await codeOf(() => readReference(elsewhere, keyRing))).toBe("INVALID_ARGUMENT");
    }
  });

  test("of any text is a name of the grammar or refused", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `${keyRing}/cryptoKeys/${text}`),
        ),
        (text) => {
          let name: string;
          try {
            name = readReference(text, keyRing);
          } catch {
            return;
          }
          expect(name).toMatch(
            /^projects\/[a-z0-9-]+\/locations\/[a-z0-9-]+\/keyRings\/[\w-]+\/cryptoKeys\/[\w-]{1,63}$/,
          );
        },
      ),
    );
  });
});

test("the scope is project and location, read out of the canonical id alone", async () => {
  expect(scopeOf(key)).toBe(location);
  for (const id of ["Key-1", keyRing, `${key}/cryptoKeyVersions/1`, `${key} `]) {
    expect(await codeOf(() => scopeOf(id))).toBe("INVALID_ARGUMENT");
  }
});

test("a key ring is taken apart, or is none", () => {
  expect(parseKeyRing(keyRing)).toEqual({ location, ring: "Ring_1" });
  for (const text of [key, location, `${keyRing}/`, "Ring_1", ""]) expect(parseKeyRing(text)).toBeUndefined();
});

test("versions are numbers from 1 on, as Google counts them", () => {
  for (const version of ["1", "2", "10", "9999999999"]) expect(isVersion(version)).toBe(true);
  for (const version of ["", "0", "01", "-1", "1.0", "1/..", "1\n", "１", "10000000000", "latest"]) {
    expect(isVersion(version)).toBe(false);
  }
  expect(parseVersionName(versionNameOf(key, "12"))).toEqual({ id: key, version: "12" });
  for (const name of [key, `${key}/cryptoKeyVersions/0`, `${key}/cryptoKeyVersions/1/`, "", "x/cryptoKeyVersions/1"]) {
    expect(parseVersionName(name)).toBeUndefined();
  }
});

test("only equal names name the same key", () => {
  expect(sameKey(key, key)).toBe(true);
  for (const other of [`${key}2`, key.replace("europe-west1", "global"), key.toLowerCase()]) {
    expect(sameKey(key, other)).toBe(false);
  }
});
