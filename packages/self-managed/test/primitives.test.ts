import type * as NodeCrypto from "node:crypto";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { recipes, type SelfManagedAlgorithm } from "../src/algorithms.ts";
import { memoryStore } from "../src/index.ts";
import { generateMaterial } from "../src/primitives.ts";
import { driverOver, failure, makeKey } from "./fixture.ts";

type Pair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
const swap = vi.hoisted(() => ({ pair: undefined as unknown }));

// The public half of another pair, as a fault in generation would leave it.
vi.mock("node:crypto", async (load) => {
  const { promisify } = await import("node:util");
  const real = await load<typeof NodeCrypto>();
  const generate = promisify(real.generateKeyPair) as (...given: unknown[]) => Promise<Pair>;
  const generateKeyPair = Object.assign((): void => {}, {
    [promisify.custom]: async (...given: unknown[]) => swap.pair ?? generate(...given),
  });
  return { ...real, generateKeyPair };
});

const pairs: Readonly<Partial<Record<SelfManagedAlgorithm, () => Pair>>> = {
  "ECDSA-P256-SHA256": () => generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "ECDSA-secp256k1-SHA256": () => generateKeyPairSync("ec", { namedCurve: "secp256k1" }),
  "ECDH-P384": () => generateKeyPairSync("ec", { namedCurve: "P-384" }),
  Ed25519: () => generateKeyPairSync("ed25519"),
  "RSA-OAEP-2048-SHA256": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "RSA-PSS-2048-SHA256": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "RSA-PKCS1-2048-SHA256": () => generateKeyPairSync("rsa", { modulusLength: 2048 }),
};
const cases = Object.entries(pairs) as [SelfManagedAlgorithm, () => Pair][];

describe("generation (requirement 38)", () => {
  afterEach(() => {
    swap.pair = undefined;
  });

  it.each(cases)("of %s refuses halves that do not belong together and stores nothing", async (algorithm, make) => {
    const good = make();
    swap.pair = good;
    expect((await generateMaterial(recipes[algorithm])).publicKey).toEqual(
      good.publicKey.export({ type: "spki", format: "der" }),
    );
    swap.pair = { privateKey: good.privateKey, publicKey: make().publicKey };
    const store = memoryStore();
    const driver = await driverOver(store);
    const error = await failure(() => makeKey(driver, algorithm));
    expect([error.code, error.outcome]).toEqual(["UNKNOWN", "none"]);
    expect([...(store.list() as Iterable<unknown>)]).toEqual([]);
  });
});
