import { describeCiphertext, type CapabilityRow, type KeyHandle } from "@kms/core";
import { check, differentBytes, equal, present, refuses } from "../assertions.ts";
import { concat, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { buildHeader } from "../header.ts";
import { lifeRows } from "../life-operations.ts";
import { oneOfEach, quickRows } from "../rows.ts";
import { claimedUses, perform, protectAll, type Protected } from "../use.ts";
import { verifyIndependently } from "../verify/signature.ts";

/** A key before and after a rotation, with what the old version protected. */
interface Rotation {
  readonly row: CapabilityRow;
  readonly old: KeyHandle;
  readonly rotated: KeyHandle;
  readonly earlier: Protected;
}

/** Rotation, and reading what came before it. */
export const rotationCases: readonly Case[] = [
  {
    id: "rotation/old-still-reads",
    title: "what was protected before a rotation reads after it, through the old handle and the new one",
    shows: "design.md §3.3: reading the old always works; provider-bugs.md §1.1",
    run: (context) =>
      overRotations(context, async ({ old, rotated, earlier }) => {
        for (const operation of claimedUses(context, old)) {
          await perform(context.kms, { key: old, operation, earlier });
          await perform(context.kms, { key: rotated, operation, earlier });
        }
      }),
  },
  {
    id: "rotation/new-version-protects",
    title: "after a rotation the new version is current, protects, and what it protects reads",
    shows: "design.md §3.3; requirements 45: version numbers are never used again",
    run: (context) => overRotations(context, (rotation) => newVersionProtects(context, rotation)),
  },
  {
    id: "rotation/new-material",
    title: "a rotated key has other material",
    shows: "requirements 35, 36",
    run: (context) => overRotations(context, (rotation) => newMaterial(context, rotation)),
  },
  {
    id: "rotation/version-is-bound",
    title: "decrypt refuses a body under the header of the other, valid version",
    shows: "design.md §6: a case rotates and writes the other, valid version into the header; crypto-rules.md 5",
    run: (context) => overRotations(context, (rotation) => versionIsBound(context, rotation)),
  },
  {
    id: "rotation/seen-elsewhere",
    title: "a handle opened elsewhere before the rotation reads what the new version protected",
    shows: "design.md §3.3: decrypt, unwrap and verifyMac accept any version of the handle's own key",
    run: (context) => overRotations(context, (rotation) => seenElsewhere(context, rotation)),
  },
  {
    id: "rotation/refresh",
    title:
      "verify under an unpinned version is STALE_HANDLE until the handle is refreshed, and its revision then is higher",
    shows: "design.md §3.3; crypto-rules.md 3",
    run: (context) => overRotations(context, (rotation) => refresh(context, rotation)),
  },
  {
    id: "rotation/twice",
    title: "two rotations give two further versions, and all three read",
    shows: "requirements 45, 66: decrypt selects by the version",
    run: (context) =>
      overRotations(context, async ({ old, rotated, earlier }) => {
        const between = await protectAll(context, rotated);
        const last = await context.kms.rotateKey(rotated);
        for (const protectedThen of [earlier, between, await protectAll(context, last)]) {
          for (const operation of claimedUses(context, old)) {
            await perform(context.kms, { key: last, operation, earlier: protectedThen });
          }
        }
      }),
  },
  {
    id: "rotation/every-type",
    title: "a key of any type that rotates gets other material, protects with it, and reads what came before",
    shows: "design.md §3.3; requirements 35, 36: every algorithm that is claimed, not one of a kind",
    run: (context) => overRotations(context, (rotation) => everyType(context, rotation), quickRows),
  },
  {
    id: "rotation/replace",
    title: "replaceKey makes another key of the same type and leaves the old one as it is",
    shows: "contract-fit.md §1: version; design.md §3.3",
    run: async (context) => {
      for (const row of await lifeRows(context, "replaceKey")) {
        const old = await context.freshKey(row);
        const replaced = await context.kms.replaceKey(old);
        equal(replaced.algorithm, old.algorithm, "algorithm of the replacement");
        equal(replaced.protection, old.protection, "protection of the replacement");
        check(replaced.keyId !== old.keyId, "the replacement is the same key");
        equal((await context.kms.describeKey(old)).state, "active", "state of what was replaced");
      }
    },
  },
];

async function overRotations(
  context: Context,
  work: (rotation: Rotation) => Promise<void>,
  choose: (rows: readonly CapabilityRow[]) => readonly CapabilityRow[] = oneOfEach,
): Promise<void> {
  if ((await lifeRows(context, "rotateKey")).length === 0) return;
  for (const row of choose(context.rows("rotateKey"))) {
    const old = await context.freshKey(row);
    const earlier = await protectAll(context, old);
    await work({ row, old, earlier, rotated: await context.kms.rotateKey(old) });
  }
}

async function newVersionProtects(context: Context, { row, rotated, earlier }: Rotation): Promise<void> {
  const { kms } = context;
  const later = await protectAll(context, rotated);
  for (const operation of claimedUses(context, rotated)) {
    await perform(kms, { key: rotated, operation, earlier: later });
  }
  const { currentVersion, versions } = await kms.describeKey(rotated);
  if (row.version === "provider") return;
  equal(new Set(versions.map(({ keyVersion }) => keyVersion)).size, versions.length, "distinct versions");
  const named = [
    [
      earlier.ciphertext && describeCiphertext(earlier.ciphertext).keyVersion,
      later.ciphertext && describeCiphertext(later.ciphertext).keyVersion,
    ],
    [earlier.signature?.keyVersion, later.signature?.keyVersion],
    [earlier.mac?.keyVersion, later.mac?.keyVersion],
  ];
  for (const [before, after] of named) {
    if (before === undefined) continue;
    check(before !== after, `after a rotation of ${row.algorithm} the version still is ${String(before)}`);
    equal(after, currentVersion, `the version that protects with ${row.algorithm}`);
  }
}

async function everyType(context: Context, rotation: Rotation): Promise<void> {
  await newVersionProtects(context, rotation);
  await newMaterial(context, rotation);
  const { rotated: key, earlier } = rotation;
  for (const operation of claimedUses(context, key)) await perform(context.kms, { key, operation, earlier });
}

async function newMaterial(context: Context, { old, rotated, earlier, row }: Rotation): Promise<void> {
  const { mac, message, signature } = earlier;
  if (mac !== undefined) {
    const remade = await context.kms.generateMac(rotated, message);
    differentBytes(remade.bytes, mac.bytes, "the MAC of the new version");
  }
  if (!("getPublicKey" in row.operations)) return;
  const [before, after] = [await context.kms.getPublicKey(old), await context.kms.getPublicKey(rotated)];
  differentBytes(after.spki, before.spki, "the public key of the new version");
  if (signature === undefined) return;
  check(verifyIndependently(before, message, signature.bytes), "the old signature under the old public key");
  check(!verifyIndependently(after, message, signature.bytes), "the old signature under the new public key");
}

async function versionIsBound(context: Context, { row, rotated, earlier }: Rotation): Promise<void> {
  if (earlier.ciphertext === undefined || row.version === "provider" || !("decrypt" in row.operations)) return;
  const before = describeCiphertext(earlier.ciphertext);
  const after = describeCiphertext(await context.kms.encrypt(rotated, random(24), earlier.associatedData));
  for (const [body, keyVersion] of [
    [before, after.keyVersion],
    [after, before.keyVersion],
  ] as const) {
    const moved = concat(buildHeader({ ...body, keyVersion }), body.providerCiphertext);
    const work = (): unknown => context.kms.decrypt(rotated, moved, earlier.associatedData);
    await refuses(work, "DECRYPTION_FAILED", `a ciphertext of ${row.algorithm} under the other version`);
  }
}

async function seenElsewhere(context: Context, { old, rotated }: Rotation): Promise<void> {
  const elsewhere = await context.elsewhere();
  const there = await context.carry(old, elsewhere);
  const later = await protectAll(context, rotated);
  for (const operation of claimedUses(context, old)) {
    if (operation === "verify") continue;
    await perform(elsewhere, { key: there, operation, earlier: later });
  }
}

async function refresh(context: Context, { old, rotated, row }: Rotation): Promise<void> {
  const elsewhere = await context.elsewhere();
  const there = await context.carry(old, elsewhere);
  const refreshed = await elsewhere.refreshHandle(there);
  const floor = { minimumRevision: 2 };
  await refuses(
    async () => elsewhere.openHandle(await elsewhere.sealHandle(there), floor),
    "STALE_HANDLE",
    "the old revision",
  );
  await elsewhere.openHandle(await elsewhere.sealHandle(refreshed), floor);
  if (!("sign" in row.operations && "verify" in row.operations)) return;
  const message = random(24);
  const signature = await context.kms.sign(rotated, message);
  await refuses(
    () => elsewhere.verify(there, message, signature),
    "STALE_HANDLE",
    `an unpinned version of ${row.algorithm}`,
  );
  check(await elsewhere.verify(refreshed, message, signature), "a refreshed handle does not verify the new version");
  const described = present((await elsewhere.describeKey(refreshed)).currentVersion, "no current version");
  equal(described, signature.keyVersion, "the version that signs");
}
