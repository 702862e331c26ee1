import type { KeyHandle } from "@kms/core";
import { check, equal, refuses, sameBytes } from "../assertions.ts";
import { random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { claimedUses, perform, protectAll } from "../use.ts";

/** Handles, and what merely looks like one. */
export const handleCases: readonly Case[] = [
  {
    id: "handles/look-alikes",
    title: "an object that looks like a handle is refused before the driver is called",
    shows: "design.md §3.5: frozen and #brand-checked; provider-bugs.md §4",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const key = await context.key(row);
        for (const [what, imitation] of imitationsOf(key)) await refusedEverywhere(context, imitation, what);
      }
    },
  },
  {
    id: "handles/of-another-instance",
    title: "a handle of another Kms is refused before the driver is called, also over the same driver",
    shows: "design.md §3.7; §3.1: bound to this very driver",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const other = context.instance();
        const stranger = await context.carry(await context.key(row), other);
        await refusedEverywhere(context, stranger, "a handle of another Kms");
      }
    },
  },
  {
    id: "handles/of-an-actor",
    title: "a handle works with every withActor twin of its instance",
    shows: "contract: withActor: the same instance",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const key = await context.key(row);
        const twin = context.kms.withActor("alice");
        const earlier = await protectAll(context, key, twin);
        for (const operation of claimedUses(context, key)) await perform(context.kms, { key, operation, earlier });
      }
    },
  },
  {
    id: "handles/frozen",
    title: "a handle cannot be edited, and an attempt changes nothing",
    shows: "design.md §3.5; provider-bugs.md §3.6",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        await isFrozen(context, await context.key(row), await context.key(row, "second"));
      }
    },
  },
  {
    id: "handles/without-a-sealer",
    title: "without a sealer handles work, and sealing or opening one is refused",
    shows: "contract: KmsOptions.sealer; design.md §3.7",
    run: async (context) => {
      const kms = context.instance({ sealer: undefined });
      const row = context.rows()[0];
      if (row === undefined) return;
      const first = await context.key(row);
      const key = await kms.getKey(first.provider, first.keyId, { algorithm: row.algorithm });
      await refuses(() => kms.sealHandle(key), "INVALID_ARGUMENT", "sealing without a sealer");
      const token = await context.kms.sealHandle(first);
      await refuses(() => kms.openHandle(token), "INVALID_ARGUMENT", "opening without a sealer");
    },
  },
];

function imitationsOf(key: KeyHandle): readonly (readonly [string, unknown])[] {
  const copy = { ...key };
  return [
    ["a copy", copy],
    ["a frozen copy", Object.freeze({ ...key })],
    ["an object that inherits from a handle", Object.create(key)],
    ["an object of the same class", Object.assign(Object.create(Object.getPrototypeOf(key) as object) as object, copy)],
    ["a proxy", new Proxy(key, {})],
    ["a handle after JSON", JSON.parse(JSON.stringify(key))],
    ["a structured clone", structuredClone(copy)],
    ["the key id", key.keyId],
    ["null", null],
    ["undefined", undefined],
    ["an empty object", {}],
    ["a list of handles", [key]],
  ];
}

async function refusedEverywhere(context: Context, imitation: unknown, what: string): Promise<void> {
  const bytes = random(32);
  const calls: readonly (readonly [Parameters<typeof attemptWith>[1], ...(readonly unknown[])])[] = [
    ["encrypt", imitation, bytes],
    ["decrypt", imitation, bytes],
    ["sign", imitation, bytes],
    ["verify", imitation, bytes, bytes],
    ["generateMac", imitation, bytes],
    ["generateDataKey", imitation, 32],
    ["describeKey", imitation],
    ["getPublicKey", imitation],
    ["sealHandle", imitation],
    ["refreshHandle", imitation],
    ["rotateKey", imitation],
    ["disableKey", imitation],
    ["scheduleDestruction", imitation],
    ["restrictKey", imitation, {}],
  ];
  for (const [method, ...given] of calls) {
    const work = async (): Promise<unknown> => attemptWith(context.kms, method, ...given);
    await refusesUncalled(context, work, "INVALID_ARGUMENT", `${method} of ${what}`);
  }
}

async function isFrozen(context: Context, key: KeyHandle, second: KeyHandle): Promise<void> {
  check(Object.isFrozen(key), "the handle is not frozen");
  const { keyId } = key;
  equal(Reflect.set(key, "keyId", second.keyId), false, "whether the key id could be set");
  equal(Reflect.defineProperty(key, "algorithm", { value: "none" }), false, "whether the algorithm could be redefined");
  equal(Reflect.setPrototypeOf(key, null), false, "whether the prototype could be exchanged");
  equal(key.keyId, keyId, "the key id");
  if (!claimedUses(context, key).includes("decrypt")) return;
  const plaintext = random(16);
  sameBytes(await context.kms.decrypt(key, await context.kms.encrypt(key, plaintext)), plaintext, "the key as it was");
}
