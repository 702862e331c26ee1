import type { Algorithm, KeyHandle, PublicKey } from "@kms/core";
import { sha256 } from "@noble/hashes/sha2.js";
import { algorithms } from "../algorithms.ts";
import { check, equal, present, refuses } from "../assertions.ts";
import { toBase64url, utf8 } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith, collect, hostileReferences, strangeReference } from "../hostile.ts";
import { refusesUncalled, showRefused } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";
import { fromBigInt } from "../verify/der.ts";
import { bitLength } from "../verify/rsa.ts";
import { parseSpki } from "../verify/spki.ts";

/** Finding keys: ids, listings, public keys, hostile references. */
export const lookupCases: readonly Case[] = [
  {
    id: "lookup/by-id",
    title: "getKey answers the key of this id, with the id, algorithm and protection that it was made with",
    shows: "design.md §3.2",
    run: async (context) => {
      for (const row of context.rows()) {
        const key = await context.key(row);
        const found = await context.kms.getKey(provider, key.keyId, { algorithm: row.algorithm, keyId: key.keyId });
        equal(found.keyId, key.keyId, `key id of ${row.algorithm}`);
        equal(found.algorithm, row.algorithm, "algorithm");
        equal(found.protection, row.protection, "protection");
      }
    },
  },
  {
    id: "lookup/other-algorithm",
    title: "getKey refuses a key that cannot have the stated algorithm",
    shows: "design.md §3.2: getKey states the one algorithm; requirements 43",
    run: otherAlgorithm,
  },
  {
    id: "lookup/other-key",
    title: "getKey refuses a key of another id or thumbprint than expected as TAMPERED",
    shows: "design.md §3.7; crypto-rules.md 3",
    run: otherKey,
  },
  {
    id: "lookup/absent",
    title: "a well-formed reference to no key is NOT_FOUND",
    shows: "style.md §3.1: absence is one code, never mixed with refusal",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const reference = strangeReference((await context.key(row)).keyId);
        const work = (): unknown => context.kms.getKey(provider, reference, { algorithm: row.algorithm });
        await refuses(work, "NOT_FOUND", `the key ${reference}`);
      }
    },
  },
  {
    id: "lookup/hostile-references",
    title: "a hostile key reference is refused before the driver is called, and not repeated whole in the message",
    shows: "provider-bugs.md §2: key id injected into a request path",
    run: async (context) => {
      const algorithm = present(context.rows()[0], "the driver makes no keys at all").algorithm;
      for (const [what, reference] of hostileReferences) {
        const work = (): unknown => attemptWith(context.kms, "getKey", provider, reference, { algorithm });
        const error = await refusesUncalled(context, work, "INVALID_ARGUMENT", what);
        check(error.message.length < 1_000, `${what}: a message of ${error.message.length} characters`);
      }
    },
  },
  {
    id: "lookup/hostile-expectations",
    title: "a malformed expectation is refused before the driver is called",
    shows: "design.md §3.7",
    run: async (context) => {
      const row = present(context.rows()[0], "the driver makes no keys at all");
      const { keyId } = await context.key(row);
      for (const expected of [
        undefined,
        null,
        {},
        { algorithm: "constructor" },
        { algorithm: row.algorithm, keyId: 1 },
      ]) {
        const work = (): unknown => attemptWith(context.kms, "getKey", provider, keyId, expected);
        await refusesUncalled(context, work, "INVALID_ARGUMENT", `the expectation ${JSON.stringify(expected)}`);
      }
    },
  },
  {
    id: "lookup/listing",
    title: "the listing has every key that was made, with what the manifest says it carries and nothing more",
    shows: "contract-fit.md §1: listKeys",
    run: listing,
  },
  {
    id: "lookup/listed-labels",
    title: "a listing carries labels and is chosen from by them, or choosing is refused before the driver is called",
    shows: "contract: Capabilities.listing; contract-fit.md §1: listKeys",
    run: listedLabels,
  },
  {
    id: "lookup/public-key",
    title: "a public key is SPKI of the type and size that the algorithm names, with its RFC 7638 thumbprint",
    shows: "requirements 31, 44; crypto-rules.md 12",
    run: publicKeys,
  },
  {
    id: "lookup/public-key-refused",
    title: "a public key is refused for keys that have none",
    shows: "design.md §3.6",
    run: async (context) => {
      for (const row of context.rows()) {
        if ("getPublicKey" in row.operations) continue;
        const key = await context.key(row);
        const work = (): unknown => context.kms.getPublicKey(key);
        await refusesUncalled(context, work, noSuchKey, `the public key of ${row.algorithm}`);
      }
    },
  },
  {
    id: "lookup/unknown-provider",
    title: "a provider that nobody registered is refused, also where Object.prototype has its name",
    shows: "design.md §3.7",
    run: async (context) => {
      const algorithm: Algorithm = context.rows()[0]?.algorithm ?? "AES-256-GCM";
      for (const name of ["elsewhere", "", "__proto__", "constructor", "toString", 1, null]) {
        const work = (): unknown => attemptWith(context.kms, "generateKey", name, { algorithm });
        await refusesUncalled(context, work, "INVALID_ARGUMENT", `the provider ${String(name)}`);
      }
    },
  },
];

async function otherAlgorithm(context: Context): Promise<void> {
  const claimed = new Set(context.manifest.rows.map((row) => row.algorithm));
  for (const row of oneOfEach(context.rows())) {
    const key = await context.key(row);
    for (const algorithm of algorithms) {
      // Where the provider binds only the type, another algorithm of the same type is a choice of the caller's.
      const sameType = context.manifest.rows.some((each) => each.algorithm === algorithm && each.native === row.native);
      if (algorithm === row.algorithm || (sameType && row.algorithmBinding === "handle")) continue;
      const work = (): unknown => context.kms.getKey(provider, key.keyId, { algorithm });
      await refuses(
        work,
        "UNSUPPORTED",
        `a key of ${row.algorithm} taken for ${claimed.has(algorithm) ? "" : "unclaimed "}${algorithm}`,
      );
    }
  }
}

async function otherKey(context: Context): Promise<void> {
  for (const row of oneOfEach(context.rows())) {
    const [first, second] = [await context.key(row), await context.key(row, "second")];
    const get = (expected: { readonly keyId?: string; readonly thumbprint?: string }): unknown =>
      context.kms.getKey(provider, first.keyId, { algorithm: row.algorithm, ...expected });
    await refuses(() => get({ keyId: second.keyId }), "TAMPERED", `another key id of ${row.algorithm}`);
    if (!("getPublicKey" in row.operations)) continue;
    const { thumbprint } = await context.kms.getPublicKey(second);
    await refuses(() => get({ thumbprint }), "TAMPERED", `another thumbprint of ${row.algorithm}`);
    await get({ thumbprint: (await context.kms.getPublicKey(first)).thumbprint });
  }
}

async function listing(context: Context): Promise<void> {
  const { kms, manifest } = context;
  if (!kms.supports({ provider, operation: "listKeys" }).ok) {
    await showRefused(context, "listKeys", () => collect(kms.listKeys(provider)));
    return;
  }
  context.note("claimed");
  const keys: KeyHandle[] = [];
  for (const row of oneOfEach(context.rows("listKeys"))) {
    keys.push(await context.key(row), await context.key(row, "second"));
  }
  const found = new Map((await collect(kms.listKeys(provider))).map((entry) => [entry.keyId, entry]));
  for (const key of keys) {
    const entry = present(found.get(key.keyId), `the key ${key.keyId} is not in the listing`);
    for (const member of ["labels", "algorithms", "state", "createdAt"] as const) {
      equal(entry[member] !== undefined, manifest.listing.includes(member), `${member} in the listing of ${key.keyId}`);
    }
    check(entry.algorithms?.includes(key.algorithm) ?? true, `${key.keyId} is listed as ${String(entry.algorithms)}`);
    equal(entry.state ?? "active", "active", `the listed state of ${key.keyId}`);
    check(entry.createdAt === undefined || entry.createdAt instanceof Date, "no date in the listing");
  }
}

/** Labels stand in the listing, and choose from it, where the manifest says so. */
async function listedLabels(context: Context): Promise<void> {
  const { kms, manifest } = context;
  if (!kms.supports({ provider, operation: "listKeys" }).ok) {
    await showRefused(context, "listKeys", () => collect(kms.listKeys(provider, { labels: { app: "orders" } })));
    return;
  }
  context.note("claimed");
  const labels = { app: "orders", run: "conformance-listing" };
  if (!manifest.listing.includes("labels")) {
    const work = (): unknown => collect(kms.listKeys(provider, { labels }));
    await refusesUncalled(context, work, "UNSUPPORTED", "choosing by labels that no listing carries");
    return;
  }
  const row = present(oneOfEach(context.rows("listKeys"))[0], "no key can be listed");
  const { keyId } = await context.freshKey(row, { labels });
  const chosen = await collect(kms.listKeys(provider, { labels }));
  equal(chosen.map((entry) => entry.keyId).join(), keyId, "the keys chosen by labels");
  const listed = Object.entries(chosen[0]?.labels ?? {}).toSorted();
  equal(JSON.stringify(listed), JSON.stringify(Object.entries(labels).toSorted()), "the labels in the listing");
}

async function publicKeys(context: Context): Promise<void> {
  const rows = context.rows("getPublicKey");
  if (rows.length === 0) return showRefused(context, "getPublicKey", (key) => context.kms.getPublicKey(key), noSuchKey);
  context.note("claimed");
  const thumbprints = new Set<string>();
  for (const row of rows) {
    const key = await context.kms.getPublicKey(await context.key(row));
    equal(key.algorithm, row.algorithm, "algorithm of the public key");
    check(!thumbprints.has(key.thumbprint), `the public key of ${row.algorithm} is that of another key`);
    thumbprints.add(key.thumbprint);
    equal(key.thumbprint, thumbprintOf(key), `thumbprint of ${row.algorithm}`);
  }
}

// A key that has no public half cannot have one asked for: its purpose is wrong, where it is not merely unclaimed.
const noSuchKey = ["UNSUPPORTED", "INVALID_ARGUMENT"] as const;

const curveNames = { "P-256": 32, "P-384": 48, "P-521": 66, secp256k1: 32 } as const;

function thumbprintOf(key: PublicKey): string {
  const parsed = parseSpki(key.spki);
  const digest = (jwk: object): string => toBase64url(sha256(utf8(JSON.stringify(jwk))));
  if (parsed.type === "RSA") {
    const bits = Number(/\d{4}/.exec(key.algorithm)?.[0]);
    equal(bitLength(parsed.modulus), bits, `bits of ${key.algorithm}`);
    equal(parsed.exponent, 65_537n, `exponent of ${key.algorithm}`);
    return digest({ e: "AQAB", kty: "RSA", n: toBase64url(fromBigInt(parsed.modulus, bits / 8)) });
  }
  if (parsed.type === "Ed25519") return digest({ crv: "Ed25519", kty: "OKP", x: toBase64url(parsed.point) });
  check(key.algorithm.includes(parsed.type.replace("-", "")), `${key.algorithm} has a key on ${parsed.type}`);
  const size = curveNames[parsed.type];
  equal(parsed.point.length, 2 * size + 1, `point of ${key.algorithm}`);
  const [x, y] = [parsed.point.subarray(1, size + 1), parsed.point.subarray(size + 1)];
  return digest({ crv: parsed.type, kty: "EC", x: toBase64url(x), y: toBase64url(y) });
}
