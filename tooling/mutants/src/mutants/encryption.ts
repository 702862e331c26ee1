import { createHash } from "node:crypto";
import type { AssociatedData, KmsDriver } from "@kms/core/driver";
import { member } from "../member.ts";
import { tryingEachVersion } from "../trying-versions.ts";
import type { Mutant } from "../mutant.ts";

const none: AssociatedData = { map: {}, bytes: new Uint8Array() };

/** What is broken in `encrypt` and `decrypt`. */
export const encryptionMutants: readonly Mutant[] = [
  {
    name: "encrypt and decrypt ignore associated data",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      encrypt: (key, plaintext, _, call) => member(driver, "encrypt")(key, plaintext, none, call),
      decrypt: (key, ciphertext, _, call) => member(driver, "decrypt")(key, ciphertext, none, call),
    }),
    fails: [
      "associated-data/wrong",
      "associated-data/boundaries",
      "associated-data/text",
      "associated-data/read-once",
      "ciphertexts/native-is-apart",
      "associated-data/long",
    ],
  },
  {
    name: "encrypt and decrypt ignore associated data (minimal driver)",
    base: "minimal",
    breaks: (driver) => ({
      ...driver,
      encrypt: (key, plaintext, _, call) => member(driver, "encrypt")(key, plaintext, none, call),
      decrypt: (key, ciphertext, _, call) => member(driver, "decrypt")(key, ciphertext, none, call),
    }),
    fails: [
      "associated-data/wrong",
      "associated-data/boundaries",
      "associated-data/text",
      "associated-data/read-once",
      "ciphertexts/native-is-apart",
      "associated-data/long",
    ],
  },
  {
    name: "encrypt and decrypt bind the caller's entries but not the header",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      encrypt: (key, plaintext, { map }, call) => member(driver, "encrypt")(key, plaintext, withoutHeader(map), call),
      decrypt: (key, ciphertext, { map }, call) => member(driver, "decrypt")(key, ciphertext, withoutHeader(map), call),
    }),
    fails: ["ciphertexts/native-is-apart"],
  },
  {
    name: "encrypt and decrypt bind names and values as one text without lengths",
    base: "self-managed",
    breaks: (driver) => ({
      ...driver,
      encrypt: (key, plaintext, { map }, call) => member(driver, "encrypt")(key, plaintext, joined(map), call),
      decrypt: (key, ciphertext, { map }, call) => member(driver, "decrypt")(key, ciphertext, joined(map), call),
    }),
    fails: ["associated-data/boundaries"],
  },
  {
    name: "encrypt and decrypt normalise the text of associated data",
    base: "minimal",
    breaks: (driver) => ({
      ...driver,
      encrypt: (key, plaintext, { map }, call) => member(driver, "encrypt")(key, plaintext, normalised(map), call),
      decrypt: (key, ciphertext, { map }, call) => member(driver, "decrypt")(key, ciphertext, normalised(map), call),
    }),
    fails: ["associated-data/text"],
  },
  {
    name: "decrypt tries every version of the key, each under its own header",
    base: "self-managed",
    breaks: (driver) => ({ ...driver, decrypt: tryingEachVersion(driver) }),
    fails: [
      "ciphertexts/header-exchanged",
      "encryption/every-byte-flipped",
      "rotation/version-is-bound",
      "rotation/material-apart",
    ],
  },
  {
    name: "decrypt answers what it has when the tag does not match",
    base: "minimal",
    breaks: (driver) => ({
      ...driver,
      decrypt: async (key, ciphertext, associatedData, call) => {
        try {
          return await member(driver, "decrypt")(key, ciphertext, associatedData, call);
        } catch {
          return { id: key.id, version: key.version, bytes: ciphertext.slice(32, -16) };
        }
      },
    }),
    fails: [
      "encryption/every-byte-flipped",
      "encryption/truncated",
      "encryption/extended",
      "associated-data/wrong",
      "associated-data/boundaries",
      "associated-data/text",
      "associated-data/read-once",
      "ciphertexts/header-exchanged",
      "ciphertexts/body-moved",
      "ciphertexts/native-is-apart",
      "leakage/diagnostics",
      "encryption/long",
      "associated-data/long",
    ],
  },
  {
    name: "decrypt says INVALID_ARGUMENT for a body that is too short",
    base: "minimal",
    breaks: (driver) => ({
      ...driver,
      decrypt: (key, ciphertext, associatedData, call) => {
        if (ciphertext.length < 48) throw new RangeErrorOfTheDriver();
        return member(driver, "decrypt")(key, ciphertext, associatedData, call);
      },
      classify: (cause, operation) =>
        cause instanceof RangeErrorOfTheDriver
          ? { code: "INVALID_ARGUMENT", outcome: "none" }
          : driver.classify(cause, operation),
    }),
    fails: ["encryption/truncated"],
  },
  {
    name: "encrypt answers the same ciphertext for the same plaintext",
    base: "minimal",
    breaks: (driver) => ({ ...driver, encrypt: remembering(driver) }),
    fails: ["encryption/never-the-same"],
  },
  {
    name: "decrypt answers every plaintext in one and the same buffer",
    base: "minimal",
    breaks: (driver) => {
      const buffer = new Uint8Array(1_100_000);
      return {
        ...driver,
        decrypt: async (key, ciphertext, associatedData, call) => {
          const { bytes, ...named } = await member(driver, "decrypt")(key, ciphertext, associatedData, call);
          buffer.set(bytes);
          return { ...named, bytes: buffer.subarray(0, bytes.length) };
        },
      };
    },
    fails: ["instance/concurrent-uses", "instance/concurrent-ciphertexts"],
  },
  {
    name: "encrypt no longer says which key and version it used",
    base: "minimal",
    breaks: (driver) => ({
      ...driver,
      encrypt: async (key, plaintext, associatedData, call) => {
        const { bytes } = await member(driver, "encrypt")(key, plaintext, associatedData, call);
        return { id: undefined, version: undefined, bytes };
      },
    }),
    fails: ["answers/name-who-answered"],
  },
  {
    name: "decrypt names another version than it used",
    base: "minimal",
    breaks: (driver) => ({
      ...driver,
      isVersion: (version) => version === "1" || version === "2",
      decrypt: async (key, ciphertext, associatedData, call) => ({
        ...(await member(driver, "decrypt")(key, ciphertext, associatedData, call)),
        version: "2",
      }),
    }),
    fails: [
      "answers/name-who-answered",
      "encryption/round-trip",
      "encryption/over-the-limit",
      "encryption/under-the-minimum",
      "associated-data/order-is-free",
      "associated-data/empty-equals-absent",
      "associated-data/text",
      "associated-data/limit",
      "associated-data/read-once",
      "ciphertexts/header-exchanged",
      "states/active",
      "handles/of-an-actor",
      "handles/frozen",
      "tokens/open-without-a-call",
      "restriction/operations",
      "restriction/required-associated-data",
      "restriction/not-after",
      "use-only/every-use",
      "inputs/views",
      "inputs/not-mutated",
      "inputs/changed-after-the-call",
      "inputs/outputs-not-shared",
      "inputs/owned-memory",
      "audit/pairs",
      "control/late-answer",
      "instance/concurrent-uses",
      "instance/concurrent-ciphertexts",
      "associated-data/long",
    ],
  },
];

class RangeErrorOfTheDriver extends Error {}

const digest = (text: string): AssociatedData => ({
  map: {},
  bytes: createHash("sha256").update(text).digest(),
});
const sorted = (map: AssociatedData["map"]): readonly (readonly [string, string])[] => Object.entries(map).toSorted();
const withoutHeader = (map: AssociatedData["map"]): AssociatedData =>
  digest(JSON.stringify(sorted(map).filter(([name]) => name !== "kms-header")));
const joined = (map: AssociatedData["map"]): AssociatedData => digest(sorted(map).flat().join(""));
const normalised = (map: AssociatedData["map"]): AssociatedData => digest(JSON.stringify(sorted(map)).normalize("NFC"));

function remembering(driver: KmsDriver): NonNullable<KmsDriver["encrypt"]> {
  const made = new Map<string, ReturnType<NonNullable<KmsDriver["encrypt"]>>>();
  return (key, plaintext, associatedData, call) => {
    const name = [
      key.id,
      Buffer.from(plaintext).toString("hex"),
      Buffer.from(associatedData.bytes).toString("hex"),
    ].join();
    const answer = made.get(name) ?? member(driver, "encrypt")(key, plaintext, associatedData, call);
    made.set(name, answer);
    return answer;
  };
}
