import type { DependencyType } from "dependency-cruiser";

interface Side {
  readonly path?: string | string[];
  readonly pathNot?: string | string[];
}

interface Target extends Side {
  readonly circular?: boolean;
  readonly couldNotResolve?: boolean;
  readonly dynamic?: boolean;
  readonly dependencyTypes?: DependencyType[];
  readonly dependencyTypesNot?: DependencyType[];
  readonly viaOnly?: { readonly dependencyTypesNot: DependencyType[] };
}

/** One rule in dependency-cruiser's words: an import from the one side to the other is an error. */
export interface ImportRule {
  readonly name: string;
  readonly comment: string;
  readonly severity: "error";
  readonly from: Side;
  readonly to: Target;
}

/** Each adapter, with what it may import beside core: its one vendor SDK, and the checksums of Google's protocol. */
const packagesOf: Readonly<Record<string, readonly string[]>> = {
  aws: ["@aws-sdk/client-kms"],
  azure: ["@azure/keyvault-keys"],
  gcp: ["@google-cloud/kms", "crc-32"],
  // The stores and roots of `design.md` §4, all optional.
  "self-managed": ["libsql", "pg", "pkcs11js", "node-forge"],
};

/** The floors of core, lowest first: each may import itself and what lies before it. */
const coreFloors = [
  ["contract", "contract/"],
  ["errors", "errors\\.ts$"],
  ["encoding", "encoding/"],
  ["algorithms", "algorithms/"],
  ["keys", "keys/"],
  ["tokens", "tokens/"],
  ["guard", "guard/"],
  ["kms", "(kms|verify-signature)\\.ts$"],
  ["doors", "(index|driver|insecure)\\.ts$"],
] as const;

const coreSource = "^packages/core/src/";
const coreDoors = "^packages/core/src/(index|driver)\\.ts$";
// For the cases about export: that it takes access, is audited, and gives what was imported.
const insecureDoor = "^packages/core/src/insecure\\.ts$";
const npmPackage = (name: string): string => `(^|node_modules/)${name}(/|$)`;
const source = (name: string): string => `^packages/${name}/src/`;

interface Allowance {
  readonly name: string;
  readonly because: string;
  readonly from: string;
  readonly allowed: readonly string[];
}

const only = ({ name, because, from, allowed }: Allowance): ImportRule => ({
  name,
  comment: because,
  severity: "error",
  from: { path: from },
  // What cannot be resolved is a finding of its own.
  to: { pathNot: [from, ...allowed], dependencyTypesNot: ["core"], couldNotResolve: false },
});

const forbid = (name: string, because: string, edge: Pick<ImportRule, "from" | "to">): ImportRule => ({
  name,
  comment: because,
  severity: "error",
  ...edge,
});

const adapterRules = Object.entries(packagesOf).map(([adapter, packages]) =>
  only({
    name: `adapter-${adapter}`,
    because: "An adapter imports core's doors (@kms/core, @kms/core/driver) and its one vendor SDK.",
    from: source(adapter),
    allowed: [coreDoors, ...packages.map(npmPackage)],
  }),
);

const packageRules = [
  only({
    name: "core-stands-alone",
    because: "core has no runtime dependency: Node's own modules alone.",
    from: coreSource,
    allowed: [],
  }),
  only({
    name: "conformance-over-core",
    because:
      "conformance imports core's three doors, and @noble/* as the verifier that shares no library with an adapter.",
    from: source("conformance"),
    allowed: [coreDoors, insecureDoor, npmPackage("@noble/[^/]+")],
  }),
  ...["envelope", "audit"].map((name) =>
    only({
      name: `${name}-over-core`,
      because: `${name} imports core alone.`,
      from: source(name),
      allowed: [coreDoors],
    }),
  ),
  forbid("emulators-know-no-client", "emulators import no adapter, no vendor client and not core.", {
    from: { path: source("emulators") },
    to: { path: ["^packages/(?!emulators/)", npmPackage("@(kms|aws-sdk|azure|google-cloud)/[^/]+")] },
  }),
  forbid("apps-over-packages", "The suite is for tests.", {
    from: { path: "^apps/[^/]+/src/" },
    to: { path: "^packages/conformance/" },
  }),
  only({
    name: "examples-over-core",
    because: "What an author copies stands on core's doors alone.",
    from: "^examples/[^/]+/src/",
    allowed: [coreDoors],
  }),
];

const coreRules = [
  ...coreFloors.slice(0, -1).map(([floor, path], height) =>
    forbid(`core-floor-${floor}`, "Inside core, folders import downward only.", {
      from: { path: coreSource + path },
      to: { path: coreSource, pathNot: coreFloors.slice(0, height + 1).map(([, allowed]) => coreSource + allowed) },
    }),
  ),
  forbid("core-unknown-room", "Every file of core stands on a floor that tooling/imports/src/rules.ts lists.", {
    from: { path: coreSource, pathNot: coreFloors.map(([, path]) => coreSource + path) },
    to: {},
  }),
];

const generalRules = [
  forbid("no-cycle", "Two modules that need each other at run time are one module, or miss a third.", {
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
  }),
  forbid("no-path-past-exports", "Another package is imported by its name, through its exports.", {
    from: { path: "^(packages|apps|examples|tooling)/([^/]+)/" },
    to: { path: "^(packages|apps|examples)/", pathNot: "^$1/$2/", dependencyTypes: ["local"] },
  }),
  forbid("no-unresolvable", "Not installed, not in the package's exports, or not there.", {
    from: { path: "^(packages|apps|examples)/[^/]+/src/" },
    to: { couldNotResolve: true },
  }),
  forbid("packages-below-apps", "A package knows nothing of the applications, examples and tools around it.", {
    from: { path: "^packages/[^/]+/(src|test)/" },
    to: { path: "^(apps|examples|tooling)/" },
  }),
  forbid("source-without-tests", "What is published imports no test.", {
    from: { path: "^(packages|apps|examples)/[^/]+/src/" },
    to: { path: ["/test/", npmPackage("vitest")] },
  }),
  // Lint bans the static imports; it does not see import() and require().
  forbid("no-dynamic-builtins", "Cryptographic functions stand in primitives.ts; a library reads no environment.", {
    from: { path: "^packages/[^/]+/src/", pathNot: "^packages/[^/]+/src/bin(/|\\.ts$)" },
    to: { path: "^(node:)?(crypto|process|console)$", dependencyTypes: ["core"], dynamic: true },
  }),
];

/** Who may import whom (`design.md` §2), for dependency-cruiser. */
export const rules: readonly ImportRule[] = [...packageRules, ...adapterRules, ...coreRules, ...generalRules];
