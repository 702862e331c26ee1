import type { KmsError } from "@kms/core";
import type { Operation } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { actionsOf, awsKms, permissions } from "../src/index.ts";
import { guarded, kmsOver, type Guarded } from "./guarded.ts";
import { changes, readings, uses } from "./operations.ts";
import { rejection, useActions } from "./setup.ts";

const works = [...uses, ...readings, ...changes];

/** The actions that AWS was asked for. */
const asked = ({ emulator }: Guarded): readonly string[] => {
  const actions = emulator.requests.list().map(({ operation }) => `kms:${operation}`);
  return [...new Set(actions.flatMap((action) => (action === "kms:ReEncrypt" ? reEncryption : [action])))];
};
const reEncryption = ["kms:ReEncryptFrom", "kms:ReEncryptTo"];

describe("the table of permissions", () => {
  test("has a row for each claimed operation but those that ask nothing, for health, and for what this adapter adds", () => {
    const claimed = new Set<string>(awsKms().capabilities.rows.flatMap(({ operations }) => Object.keys(operations)));
    claimed.delete("replaceKey"); // generateKey, and nothing of its own
    claimed.delete("getPublicKey"); // the handle pins it
    for (const own of ["health", "awsReEncrypt"]) claimed.add(own);
    expect(new Set(Object.keys(permissions))).toEqual(claimed);
  });

  test("is tried here row by row, but for health and the receipt, which asks what describeKey asks", () => {
    const tried = new Set<string>([...works.map(({ operation }) => operation), "health", "getDestructionReceipt"]);
    expect(tried).toEqual(new Set(Object.keys(permissions)));
    expect(permissions.getDestructionReceipt).toEqual(permissions.describeKey);
  });

  test.each(works)("allows $what, and asks for nothing beside its row", async ({ operation, prepare }) => {
    const here = await guarded();
    const run = await prepare(here);
    here.emulator.permissions.allowOnly(actionsOf([operation]));
    here.emulator.requests.clear();
    await run(kmsOver(here));
    expect(actionsOf([operation])).toEqual(expect.arrayContaining([...asked(here)]));
  });

  test.each(works)("has $what refused as PERMISSION_DENIED naming each action that is missing", async ({ prepare }) => {
    const here = await guarded();
    const allowed = await prepare(here);
    here.emulator.requests.clear();
    await allowed(kmsOver(here));
    const actions = asked(here);
    const denials: unknown[] = [];
    for (const permission of actions) {
      const fresh = await guarded();
      const run = await prepare(fresh);
      fresh.emulator.permissions.deny(permission);
      const { code, permission: named, outcome } = (await rejection(run(kmsOver(fresh)))) as KmsError;
      denials.push({ code, named, mayRepeat: outcome !== "unknown" });
    }
    expect(denials).toEqual(actions.map((named) => ({ code: "PERMISSION_DENIED", named, mayRepeat: true })));
  });

  test("lets a principal with the rows of use alone make every use", async () => {
    const here = await guarded();
    const runs = [];
    for (const { prepare } of uses) runs.push(await prepare(here));
    here.emulator.permissions.allowOnly([...useActions, ...reEncryption]);
    const kms = kmsOver(here);
    const done = await Promise.all(runs.map((run) => run(kms)));
    expect(done.every((answer) => answer !== undefined && answer !== false)).toBe(true);
  });
});

describe("health", () => {
  test("says that AWS KMS answers, after one random byte", async () => {
    const here = await guarded();
    here.emulator.requests.clear();
    const { aws } = await here.kms.health();
    expect(aws).toMatchObject({ ok: true });
    expect(asked(here)).toEqual(actionsOf(["health"]));
  });

  test("takes a denial for an answer, and says so", async () => {
    const here = await guarded();
    const notes = (await here.kms.health()).aws.notes.length;
    here.emulator.permissions.allowOnly([]);
    const { aws } = await here.kms.health();
    expect(aws.ok).toBe(true);
    expect(aws.notes).toHaveLength(notes + 1);
  });

  test.each([
    ["unavailable", "UNAVAILABLE"],
    ["expired-token", "UNAUTHENTICATED"],
    ["bad-gateway", "UNAVAILABLE"],
  ] as const)("says %s as %s", async (fault, error) => {
    const here = await guarded();
    here.emulator.faults.always(fault);
    expect((await here.kms.health()).aws).toMatchObject({ ok: false, error });
  });
});

test("actionsOf names each action once, whatever else an operation may be", () => {
  const operations: readonly Operation[] = ["encrypt", "wrapDataKey", "decrypt", "getPublicKey", "exportKey"];
  expect(actionsOf(operations)).toEqual(["kms:Encrypt", "kms:Decrypt"]);
});
