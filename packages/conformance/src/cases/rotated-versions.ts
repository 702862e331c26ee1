import { describeCiphertext, type CapabilityRow, type KeyHandle } from "@kms/core";
import { areSame, check, refuses } from "../assertions.ts";
import { concat } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { headerOf } from "../header.ts";
import { lifeRows } from "../life-operations.ts";
import { protectAll, type Protected } from "../use.ts";

/** What one version protected, under the name of the other: the material of each is its own, whatever stands in front. */
export const rotatedVersionCases: readonly Case[] = [
  {
    id: "rotation/material-apart",
    title: "what one version encrypted or wrapped, the other does not open, also where it is given the same header",
    shows:
      "requirements 35, 36; crypto-rules.md 6: the version is the caller's, so the driver can be asked for the other",
    run: (context) =>
      overVersions(context, async (versions) => {
        await ciphertextsApart(context, versions);
        await wrappedApart(context, versions);
      }),
  },
  {
    id: "rotation/data-key-versions",
    title: "unwrapDataKey refuses a data key of one version under the provider's information of the other",
    shows: "contract: unwrapDataKey: compares providerInfo with the key and checks the version in it",
    run: (context) => overVersions(context, (versions) => dataKeysApart(context, versions)),
  },
  {
    id: "rotation/proof-versions",
    title: "a MAC and a signature of one version are not verified under the other",
    shows: "design.md §3.3; requirements 66: selects by the version",
    run: (context) => overVersions(context, (versions) => proofsApart(context, versions)),
  },
];

/** A key after a rotation, and what each of its versions protected. */
interface Versions {
  readonly row: CapabilityRow;
  readonly key: KeyHandle;
  readonly earlier: Protected;
  readonly later: Protected;
}

async function overVersions(context: Context, work: (versions: Versions) => Promise<void>): Promise<void> {
  for (const row of await lifeRows(context, "rotateKey")) {
    const old = await context.freshKey(row);
    const earlier = await protectAll(context, old);
    const key = await context.kms.rotateKey(old);
    await work({ row, key, earlier, later: await protectAll(context, key) });
  }
}

/** Both ways round: what was protected by one version, and what the other made. */
const bothWays = ({ earlier, later }: Versions): readonly (readonly [Protected, Protected])[] => [
  [earlier, later],
  [later, earlier],
];

/** The guard's header binds the version too, so the driver itself is asked: the same body and entries, the other version. */
async function ciphertextsApart(context: Context, versions: Versions): Promise<void> {
  const { row, key } = versions;
  // Where the provider finds the version, none can be named: nobody outside sees which material it takes.
  if (row.version === "provider" || row.operations.decrypt !== "native") return;
  for (const [{ ciphertext, associatedData }, other] of bothWays(versions)) {
    if (ciphertext === undefined || other.ciphertext === undefined) continue;
    const { keyVersion } = describeCiphertext(other.ciphertext);
    let opened: boolean | undefined;
    context.door.intervene(async (call, invoke) => {
      if (call.name === "decrypt") opened = await opens(context, call.given, keyVersion);
      return invoke();
    });
    await context.kms.decrypt(key, ciphertext, associatedData);
    context.door.intervene(undefined);
    check(opened === false, `another version of ${row.algorithm} opened the ciphertext: it has the same material`);
  }
}

async function opens(
  { harness: { driver } }: Context,
  [target, ...rest]: readonly unknown[],
  version: string | null,
): Promise<boolean> {
  const decrypt: unknown = driver.decrypt;
  if (typeof decrypt !== "function") return false;
  try {
    await Reflect.apply(decrypt, driver, [Object.assign({}, target, { version }), ...rest]);
    return true;
  } catch {
    return false; // whatever it says: it did not open
  }
}

async function wrappedApart({ kms }: Context, versions: Versions): Promise<void> {
  for (const [{ wrapped }, other] of bothWays(versions)) {
    if (wrapped === undefined || other.wrapped === undefined || !("unwrapKey" in versions.row.operations)) continue;
    const moved = concat(headerOf(other.wrapped), wrapped.subarray(headerOf(wrapped).length));
    const work = (): unknown => kms.unwrapKey(versions.key, moved);
    await refuses(
      work,
      "DECRYPTION_FAILED",
      `wrapped by one version of ${versions.row.algorithm}, named for the other`,
    );
  }
}

async function dataKeysApart({ kms }: Context, versions: Versions): Promise<void> {
  for (const [{ dataKey, associatedData }, other] of bothWays(versions)) {
    if (dataKey === undefined || other.dataKey === undefined) continue;
    const { providerInfo } = other.dataKey.encrypted;
    if (areSame(providerInfo, dataKey.encrypted.providerInfo)) continue; // the provider finds the version itself
    const work = (): unknown => kms.unwrapDataKey(versions.key, { ...dataKey.encrypted, providerInfo }, associatedData);
    await refuses(
      work,
      "DECRYPTION_FAILED",
      `a data key of one version of ${versions.row.algorithm}, named for the other`,
    );
  }
}

async function proofsApart({ kms }: Context, versions: Versions): Promise<void> {
  const { key, row } = versions;
  for (const [{ mac, signature, message }, other] of bothWays(versions)) {
    if (mac !== undefined && other.mac !== undefined && "verifyMac" in row.operations) {
      const { keyVersion } = other.mac;
      const what = `a MAC of ${row.algorithm} was verified under another version`;
      check(!(await kms.verifyMac(key, message, { ...mac, keyVersion })), what);
      check(!(await kms.verifyMac(key, message, mac.bytes, { keyVersion })), what);
    }
    if (signature !== undefined && other.signature !== undefined && "verify" in row.operations) {
      const { keyVersion } = other.signature;
      const what = `a signature of ${row.algorithm} was verified under another version`;
      check(!(await kms.verify(key, message, { ...signature, keyVersion })), what);
      check(!(await kms.verify(key, message, signature.bytes, { keyVersion })), what);
    }
  }
}
