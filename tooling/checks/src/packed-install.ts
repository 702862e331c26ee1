import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Check, Report } from "./check.ts";
import { everyDoor } from "./every-door.ts";
import { withTarballs, type Tarball } from "./packed.ts";
import { runCommand } from "./run-command.ts";
import { snippetsOf } from "./snippets.ts";

/** An empty project that installs some of our packages and uses them. */
export interface Application {
  readonly name: string;
  /** Our packages, installed from tarballs, and what comes from the registry. */
  readonly packages: readonly string[] | "every";
  readonly fromRegistry: readonly string[];
  /** Scopes of clouds that this application does not use. */
  readonly foreign: readonly string[];
  /** A module to run in it; undefined where there is none. */
  readonly program: (root: string) => string | undefined;
}

const tsx = import.meta.resolve("tsx");

const readmeExample = (root: string, folder = "."): string | undefined => {
  const page = join(root, folder, "README.md");
  const snippets = existsSync(page) ? snippetsOf(readFileSync(page, "utf8")) : [];
  return snippets.find(({ language, notRun }) => language === "ts" && notRun === undefined)?.code;
};

/** An application of one cloud: its driver is made and closed, and the SDK stays unloaded. */
const cloud = (name: string, adapter: string, sdk: string, made: string): Application => ({
  name,
  packages: ["@kms/core", adapter],
  fromRegistry: [sdk],
  foreign: cloudScopes.filter((scope) => !sdk.startsWith(scope)),
  program: () => `import { createKms } from "@kms/core";
import * as adapter from "${adapter}";
const kms = createKms({ providers: { cloud: adapter.${made} } });
await kms.close();
`,
});
const cloudScopes = ["@aws-sdk", "@azure", "@google-cloud"] as const;

/** What an adapter's README installs for its example, and the example: the packed build with its SDK loaded, and the emulator's. */
const example = (adapter: string, sdk: string, emulatorPeers: readonly string[]): Application => ({
  name: `README of kms-${adapter}`,
  packages: ["@kms/core", `@kms/${adapter}`, "@kms/emulators"],
  fromRegistry: [sdk, ...emulatorPeers],
  foreign: cloudScopes.filter((scope) => !sdk.startsWith(scope)),
  program: (root) => readmeExample(root, `packages/${adapter}`),
});

const keyRing = "projects/example-project/locations/europe-west1/keyRings/orders";
const applications: readonly Application[] = [
  {
    name: "own keys",
    packages: ["@kms/core", "@kms/self-managed"],
    fromRegistry: [],
    foreign: cloudScopes,
    program: (root) => readmeExample(root),
  },
  cloud("AWS KMS", "@kms/aws", "@aws-sdk/client-kms", 'awsKms({ region: "eu-west-1" })'),
  cloud("Google Cloud KMS", "@kms/gcp", "@google-cloud/kms", `gcpKms({ keyRing: "${keyRing}" })`),
  cloud(
    "Azure Key Vault",
    "@kms/azure",
    "@azure/keyvault-keys",
    'azureKms({ vaultUrl: "https://orders.vault.azure.net", credential: { getToken: async () => null } })',
  ),
  example("aws", "@aws-sdk/client-kms", []),
  example("gcp", "@google-cloud/kms", ["@grpc/grpc-js", "@grpc/proto-loader"]),
  example("azure", "@azure/keyvault-keys", ["node-forge"]),
  {
    name: "every door",
    packages: "every",
    fromRegistry: [
      "@aws-sdk/client-kms",
      "@azure/keyvault-keys",
      "@google-cloud/kms",
      "@grpc/grpc-js",
      "@grpc/proto-loader",
      "node-forge",
    ],
    foreign: [],
    program: everyDoor,
  },
  {
    name: "envelope",
    packages: ["@kms/core", "@kms/envelope"],
    fromRegistry: [],
    foreign: cloudScopes,
    program: () => `import { decrypt, encrypt, rawAesRecipient } from "@kms/envelope";
const wrappingKey = crypto.getRandomValues(new Uint8Array(32));
const recipient = rawAesRecipient("orders", "2026", wrappingKey);
const message = await encrypt(recipient, new TextEncoder().encode("hello"), { tenant: "42" });
const { plaintext } = await decrypt(recipient, message);
if (new TextDecoder().decode(plaintext) !== "hello") throw new Error("another plaintext came back");
`,
  },
];

const sizeOf = (path: string): number =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

const registrySpec = (root: string, name: string): string => {
  const workspace: unknown = parse(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8"));
  const version = (workspace as { readonly catalog?: Readonly<Record<string, string>> }).catalog?.[name];
  if (version === undefined) throw new Error(`${name} is not in the catalog of pnpm-workspace.yaml`);
  return `${name}@${version}`;
};

/** Where the packages come from and where an application is set up. */
export interface Site {
  readonly root: string;
  readonly folder: string;
  readonly tarballs: readonly Tarball[];
}

/** Installs an application's packages with npm, runs its program, and looks for what it did not ask for. */
export const tryOut = ({ root, folder, tarballs }: Site, application: Application): Report => {
  const program = application.program(root);
  if (program === undefined) return { findings: [`${application.name}: README.md has no TypeScript example to run`] };
  const home = join(folder, application.name.replaceAll(" ", "-"));
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, type: "module" }));
  writeFileSync(join(home, "main.ts"), program);
  const { packages } = application;
  const own = tarballs.filter(({ name }) => packages === "every" || packages.includes(name)).map(({ path }) => path);
  const wanted = [...own, ...application.fromRegistry.map((name) => registrySpec(root, name))];
  const installed = runCommand("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline", ...wanted], home);
  if (!installed.ok) return { findings: [`${application.name}: npm install fails:\n${installed.output}`] };
  const modules = join(home, "node_modules");
  const strangers = application.foreign.filter((scope) => existsSync(join(modules, scope)));
  // Types are stripped by tsx; without our source condition, the packed build is what is imported.
  const ran = runCommand(process.execPath, ["--import", tsx, "main.ts"], home);
  return {
    notes: [`${application.name}: ${(sizeOf(modules) / 1_000_000).toFixed(2)} MB in node_modules`],
    findings: [
      ...strangers.map((scope) => `${application.name}: installs ${scope}, which it does not use`),
      ...(ran.ok ? [] : [`${application.name}: the packed build fails when used:\n${ran.output}`]),
    ],
  };
};

/** Packs our packages, installs them with npm into an empty project, and uses them there without another cloud's SDK. */
export const packedInstall: Check = {
  name: "packed-install",
  run: (root) =>
    withTarballs(root, async (tarballs, folder) => {
      const reports = applications.map((application) => tryOut({ root, folder, tarballs }, application));
      return {
        findings: reports.flatMap(({ findings }) => findings),
        notes: reports.flatMap(({ notes = [] }) => notes),
      };
    }),
};
