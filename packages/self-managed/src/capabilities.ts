import { capabilities, capabilityRow, type Capabilities, type CapabilityRow, type Operation } from "@kms/core/driver";
import { digestBytes, recipes, selfManagedAlgorithms, type Recipe, type SelfManagedAlgorithm } from "./algorithms.ts";
import { maximumWrappedBytes } from "./wrapping.ts";

/** Days between scheduling a destruction and its end, chosen with each call (`requirements` 68). */
export const destructionWindow: Capabilities["destructionWindow"] = Object.freeze({
  chosen: "per-call",
  minimumDays: 7,
  maximumDays: 120,
  mayRemain: Object.freeze([
    "copies that V8 made of the key bytes in this process's memory",
    "swap, core dumps, heap snapshots and suspended images of the machine",
    "the loaded key in other driver instances over this store, until their next use of it",
    "copies and backups of the store from before, which the roots of their time still open",
  ]),
});

/** The window where neither the call nor the key's configuration names one, in days. */
export const defaultWindowDays = 30;

/** The longest plaintext of AES-256-GCM: 64 MiB, since it is sealed in one piece and held twice meanwhile. */
export const maximumAeadBytes: number = 64 * 1024 * 1024;

const lifecycle: readonly Operation[] = [
  "listKeys",
  "generateRandom",
  "rotateKey",
  "replaceKey",
  "disableKey",
  "enableKey",
  "revokeKey",
  "scheduleDestruction",
  "cancelDestruction",
  "getDestructionReceipt",
  "exportKey",
];

type RowPart = Partial<Pick<CapabilityRow, "limits" | "associatedData" | "signInput" | "keyCommitment">> & {
  readonly operations: CapabilityRow["operations"];
};

/** What a kind of key does beside its life. `local`: the guard does it, with the pinned public key. */
function use(recipe: Recipe): RowPart {
  switch (recipe.kind) {
    case "aead":
      return {
        operations: claim("encrypt", "decrypt", "generateDataKey", "wrapDataKey", "unwrapDataKey"),
        limits: { maximumPlaintextBytes: maximumAeadBytes },
        associatedData: "bytes",
        keyCommitment: true,
      };
    case "key-wrap":
      return {
        operations: claim("wrapKey", "unwrapKey"),
        limits: { minimumPlaintextBytes: 1, maximumPlaintextBytes: maximumWrappedBytes },
      };
    case "mac":
      return { operations: claim("generateMac", "verifyMac") };
    case "ecdh":
      return { operations: claim("deriveSharedSecret", "getPublicKey") };
    case "oaep":
      return {
        operations: {
          ...claim("decrypt", "unwrapDataKey", "getPublicKey"),
          encrypt: "local",
          generateDataKey: "local",
          wrapDataKey: "local",
        },
        // RFC 8017 §7.1.1: k − 2hLen − 2.
        limits: { maximumPlaintextBytes: recipe.modulusBits / 8 - 2 * digestBytes[recipe.hash] - 2 },
      };
    default:
      return { operations: { ...claim("sign", "getPublicKey"), verify: "local" }, signInput: "message" };
  }
}

const claim = (...operations: readonly Operation[]): CapabilityRow["operations"] =>
  Object.fromEntries(operations.map((operation) => [operation, "native"]));

const names = Object.freeze(["id", "version"] as const);

const row = (algorithm: SelfManagedAlgorithm, origin: "generated" | "imported"): CapabilityRow => {
  const { operations, ...rest } = use(recipes[algorithm]);
  const isImported = origin === "imported";
  return capabilityRow({
    ...rest,
    algorithm,
    origin,
    version: "caller",
    importForms: isImported ? ["plain"] : [],
    operations: { ...claim(...lifecycle), ...(isImported ? claim("importKey") : {}), ...operations },
    answersName: { encrypt: names, decrypt: names, sign: names },
  });
};

/** What own keys claim over a store that shows what others changed within so many milliseconds. */
export const capabilitiesOver = (visibleWithinMs: number): Capabilities =>
  visibleWithinMs === 0 ? atOnce : Object.freeze({ ...atOnce, disableVisibleWithinMs: visibleWithinMs });

const atOnce: Capabilities = capabilities({
  kind: "self-managed",
  rows: Object.freeze(
    (["generated", "imported"] as const).flatMap((origin) =>
      selfManagedAlgorithms.map((algorithm) => row(algorithm, origin)),
    ),
  ),
  states: {
    "pre-activation": "native",
    active: "native",
    suspended: "native",
    deactivated: "native",
    compromised: "native",
  },
  unit: { disable: "version", revoke: "version", destroy: "version" },
  destructionWindow,
  naming: "chosen",
  createIsIdempotent: true,
  listing: ["labels", "algorithms", "state", "createdAt"],
  disableVisibleWithinMs: 0,
});
