import { check, equal, refuses, sameBytes } from "../assertions.ts";
import { concat, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { collect } from "../hostile.ts";
import { importedRows, type ImportedRow } from "../importing.ts";
import { formsOf, showsNot, textsOf, type Canary } from "../leaks.ts";
import { refusesUncalled } from "../refusal.ts";
import { isSameKey } from "../same-key.ts";
import { provider } from "../session.ts";
import { localKey, symmetricLength } from "../verify/material.ts";

/** Keys that come from elsewhere. RSA keys are not made here, so adapters show those themselves. */
export const importingCases: readonly Case[] = [
  {
    id: "importing/does-the-same",
    title: "an imported key of any algorithm makes and reads what its material makes and reads elsewhere",
    shows: "design.md §3.6, §6: the verifier shares no library with the maker",
    run: async (context) => {
      for (const { row, bring } of await importedRows(context, (rows) => rows)) {
        const local = localKey(row.algorithm);
        await isSameKey(context, row, await bring(local.material), local);
      }
    },
  },
  {
    id: "importing/reads-back",
    title: "an imported key reads back as it was asked for, Active, of origin imported, not exportable",
    shows: "design.md §3.2; contract: Origin",
    run: (context) =>
      forEachImported(context, async ({ row, bring }) => {
        const key = await bring(localKey(row.algorithm).material);
        const found = await context.kms.describeKey(key);
        equal(key.algorithm, row.algorithm, "the handle's algorithm");
        equal(key.protection, row.protection, "the handle's protection");
        equal(found.origin, "imported", `origin of ${row.algorithm}`);
        equal(found.exportable, false, `exportable of ${row.algorithm}`);
        equal(found.state, "active", `state of ${row.algorithm}`);
        const adopted = await context.kms.getKey(provider, key.keyId, { algorithm: row.algorithm });
        equal((await context.kms.describeKey(adopted)).origin, "imported", `origin of ${row.algorithm}, adopted`);
      }),
  },
  {
    id: "importing/wrong-material",
    title: "material of the wrong length or kind is refused, and no key is made of it",
    shows: "requirements 40; contract: symmetric keys raw, private keys as PKCS#8 DER",
    run: (context) => forEachImported(context, (row) => wrongMaterial(context, row)),
  },
  {
    id: "importing/copied",
    title: "overwriting material after the call has begun changes nothing, and the call does not change it",
    shows: "design.md §3.1: every argument is read once, synchronously",
    run: (context) =>
      forEachImported(context, async ({ row, bring }) => {
        const local = localKey(row.algorithm);
        const given = Uint8Array.from(local.material);
        const importing = bring(given);
        sameBytes(given, local.material, `material of ${row.algorithm} once the call has begun`);
        given.fill(0);
        const key = await importing;
        check(
          given.every((byte) => byte === 0),
          "the call wrote into the caller's material",
        );
        await isSameKey(context, row, key, local);
      }),
  },
  {
    id: "importing/leakage",
    title: "no audit event and no error of an import shows a byte of its material",
    shows: "design.md §3.7; requirements 52, 74",
    run: (context) => forEachImported(context, (row) => showsNothing(context, row)),
  },
];

/** Runs the work over one imported row of each kind; shows the refusal where nothing imports. */
async function forEachImported(context: Context, work: (row: ImportedRow) => Promise<void>): Promise<void> {
  for (const row of await importedRows(context)) await work(row);
}

const keyCount = async ({ kms }: Context): Promise<number> =>
  kms.supports({ provider, operation: "listKeys" }).ok ? (await collect(kms.listKeys(provider))).length : 0;

async function wrongMaterial(context: Context, { row, bring }: ImportedRow): Promise<void> {
  const { material } = localKey(row.algorithm);
  const before = await keyCount(context);
  const lengthBytes = symmetricLength(row.algorithm);
  const none = (): unknown => bring(new Uint8Array());
  await refusesUncalled(context, none, "INVALID_ARGUMENT", `no material for ${row.algorithm}`);
  if (lengthBytes !== undefined) {
    for (const length of [lengthBytes - 1, lengthBytes + 1, lengthBytes * 2, 1, 4096]) {
      const work = (): unknown => bring(random(length));
      await refusesUncalled(context, work, "INVALID_ARGUMENT", `${length} bytes for ${row.algorithm}`);
    }
  } else {
    const another = localKey(row.algorithm === "Ed25519" ? "ECDSA-P256-SHA256" : "Ed25519");
    const wrong: readonly (readonly [string, Uint8Array])[] = [
      ["a raw secret", localKey(row.algorithm).secret],
      ["random bytes", random(material.length)],
      ["a key of another type", another.material],
      ["a public key", localKey(row.algorithm).spki ?? random(32)],
      ["a key that is cut off", material.subarray(0, -1)],
      ["a key with a byte behind it", concat(material, Uint8Array.of(0))],
    ];
    for (const [what, bytes] of wrong) {
      await refuses(() => bring(bytes), "INVALID_ARGUMENT", `${what} for ${row.algorithm}`);
    }
  }
  for (const notBytes of ["text", Array.from(material), material.buffer, undefined]) {
    const work = (): unknown => bring(notBytes as unknown as Uint8Array);
    await refusesUncalled(context, work, "INVALID_ARGUMENT", `no bytes for ${row.algorithm}`);
  }
  equal(await keyCount(context), before, `keys after refused imports of ${row.algorithm}`);
}

async function showsNothing(context: Context, { row, bring }: ImportedRow): Promise<void> {
  const { material, secret } = localKey(row.algorithm);
  const canary: Canary = { what: "key material", forms: [...formsOf(secret), ...formsOf(material)] };
  await bring(material);
  const wrong: readonly unknown[] = [
    concat(material, secret),
    material.subarray(1),
    { material },
    Array.from(material),
  ];
  for (const given of wrong) {
    const error = await refuses(() => bring(given as Uint8Array), "INVALID_ARGUMENT", `wrong for ${row.algorithm}`);
    showsNot(textsOf(error), canary, `an error of importing ${row.algorithm}`);
  }
  const events = context.events().filter(({ operation }) => operation === "importKey");
  check(
    events.some(({ phase, outcome }) => phase === "outcome" && outcome === "done"),
    "no outcome of an import",
  );
  for (const event of events) showsNot(textsOf(event), canary, `an audit event of importing ${row.algorithm}`);
}
