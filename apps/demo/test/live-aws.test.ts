import { CreateAliasCommand, CreateKeyCommand, KMSClient, type CreateKeyCommandInput } from "@aws-sdk/client-kms";
import { actionsOf } from "@kms/aws";
import { startAwsEmulator, type AwsEmulator } from "@kms/emulators/aws";
import { afterEach, describe, expect, it } from "vitest";
import { requestsFor } from "../src/live/live-provider.ts";
import { counts, reportOf, step } from "./reports.ts";
import { runCommand, type Ended } from "./run-command.ts";
import { temporaryFolder } from "./temporary-folder.ts";

// The client's advice on versions of Node is noise here.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
// What the story asks of a key, and no more.
const uses = [
  "getKey",
  "encrypt",
  "decrypt",
  "generateDataKey",
  "unwrapDataKey",
  "sign",
  "generateMac",
  "verifyMac",
] as const;
const timeoutMs = 120_000;
const closings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closings.splice(0).toReversed()) await close();
});

interface Account {
  readonly emulator: AwsEmulator;
  /** The alias of a key that somebody else made, and its ARN. */
  readonly alias: string;
  readonly arn: string;
  /** The command as a reader with an account calls it: endpoint and credentials are found by the SDK's own chain. */
  readonly run: (argv: readonly string[]) => Promise<Ended>;
}

/** An account with one key, and a principal that may read it and use it. */
async function account(key: CreateKeyCommandInput = {}): Promise<Account> {
  const emulator = await startAwsEmulator({ region: "eu-west-1" });
  closings.push(() => emulator.close());
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1 });
  closings.push(async () => client.destroy());
  const { KeyMetadata } = await client.send(new CreateKeyCommand(key));
  const alias = "alias/readers-own";
  await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
  emulator.permissions.allowOnly(actionsOf([...uses]));
  emulator.requests.clear();
  const { accessKeyId, secretAccessKey } = emulator.clientConfiguration.credentials;
  const environment = {
    AWS_ENDPOINT_URL_KMS: emulator.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: emulator.region,
  };
  const files = temporaryFolder({ "a.txt": "forty hubs", "b.txt": "x".repeat(4096), "c.txt": "y".repeat(4097) });
  const run = (argv: readonly string[]): Promise<Ended> => runCommand([files, ...argv], undefined, environment);
  return { emulator, alias, arn: KeyMetadata?.Arn ?? "", run };
}

const operations = ({ requests }: AwsEmulator): Readonly<Record<string, number>> =>
  counts(requests.list().map(({ operation }) => operation));

describe("npm run demo -- --live aws", () => {
  it(
    "reads the key once and then only encrypts, decrypts and makes data keys, in both processes",
    { timeout: timeoutMs },
    async () => {
      const { emulator, alias, arn, run } = await account();
      const ended = await run(["--live", "aws", "--key", alias, "--json"]);
      expect(ended.code).toBe(0);
      const report = reportOf(ended);
      expect(report).toMatchObject({ ok: true, backends: 1, accepted: 0 });
      expect(step(report, "key")?.facts).toEqual([
        expect.stringContaining(arn),
        `${alias} led there, and is not asked again`,
      ]);
      expect(step(report, "second process")?.facts).toEqual([
        expect.stringMatching(/^1 sealed handle opened by process \d+; this one is \d+$/),
        "3 files decrypted to the same bytes; 0 signatures and 0 MACs hold",
      ]);
      expect(step(report, "protect")?.notTaken).toEqual([]);
      const { Encrypt = 0, Decrypt = 0, GenerateDataKey = 0, ...reading } = operations(emulator);
      expect(reading).toEqual({ DescribeKey: 1, ListResourceTags: 1, ListKeyRotations: 1, GetKeyRotationStatus: 1 });
      expect([Encrypt, Decrypt > 3, GenerateDataKey]).toEqual([2, true, 4]);
      expect(emulator.requests.count()).toBeLessThanOrEqual(requestsFor(3));
      expect(emulator.requests.list().filter(({ keyId }) => keyId !== arn)).toEqual([
        { operation: "DescribeKey", keyId: alias },
      ]);
    },
  );

  it(
    "says permissions and cost before the first call, on stderr where stdout is JSON",
    { timeout: timeoutMs },
    async () => {
      const { emulator, run } = await account();
      const ended = await run(["--live", "aws", "--key", "alias/nobody-has-it", "--json"]);
      expect(ended.code).toBe(1);
      const { announcement, stories } = reportOf(ended);
      expect(ended.err).toBe(announcement.map((line) => `${line}\n`).join(""));
      expect(announcement.join("\n")).toMatch(/kms:DescribeKey kms:ListResourceTags;.*\n.*kms:Encrypt if/);
      expect(announcement.join("\n")).toMatch(/At most 56 requests .*, below 0\.0009 USD/);
      expect(stories[0]?.steps.map(({ error }) => error?.code)).toEqual([undefined, "NOT_FOUND", undefined]);
      expect(operations(emulator)).toEqual({ DescribeKey: 1 });
    },
  );

  it("signs with a key for signatures, for the algorithm that is named", { timeout: timeoutMs }, async () => {
    const { emulator, arn, run } = await account({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" });
    const algorithm = "RSA-PKCS1-2048-SHA256";
    const ended = await run(["--live", "aws", "--key", arn, "--algorithm", algorithm, "--json"]);
    expect(ended.code).toBe(0);
    expect(step(reportOf(ended), "key")?.facts).toEqual([
      expect.stringContaining(algorithm),
      "the key can also be RSA-PSS-2048-SHA256: --algorithm names one",
    ]);
    expect(step(reportOf(ended), "second process")?.counts).toMatchObject({ decrypted: 0, verified: 3 });
    const { Sign = 0, ...reading } = operations(emulator);
    expect(reading).toEqual({ DescribeKey: 1, ListResourceTags: 1, GetPublicKey: 1 });
    expect(Sign).toBeGreaterThan(3);
  });

  it.each([
    [{ KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" }, "HMAC-SHA256", 2],
    [{ KeySpec: "ECC_NIST_P384", KeyUsage: "SIGN_VERIFY" }, "ECDSA-P384-SHA384", 3],
  ] as const)(
    "finds out by one reading what a key of %j can be",
    { timeout: timeoutMs },
    async (key, algorithm, files) => {
      const { emulator, alias, run } = await account(key);
      const ended = await run(["--live", "aws", "--key", alias, "--json"]);
      expect(ended.code).toBe(0);
      expect(step(reportOf(ended), "key")?.facts[0]).toContain(algorithm);
      expect(step(reportOf(ended), "second process")?.counts).toMatchObject({ verified: files });
      expect(emulator.requests.count("DescribeKey")).toBe(1);
    },
  );

  it("encrypts files of any size under RSA", { timeout: timeoutMs }, async () => {
    const { alias, run } = await account({ KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" });
    const ended = await run(["--live", "aws", "--key", alias, "--json"]);
    expect(ended.code).toBe(0);
    expect(step(reportOf(ended), "second process")?.counts).toMatchObject({ decrypted: 3 });
  });

  it("refuses a key for key agreement: it protects no file", { timeout: timeoutMs }, async () => {
    const { emulator, alias, run } = await account({ KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" });
    const ended = await run(["--live", "aws", "--key", alias, "--json"]);
    expect(ended.code).toBe(1);
    expect(step(reportOf(ended), "key")?.error?.code).toBe("UNSUPPORTED");
    expect(operations(emulator)).toEqual({ DescribeKey: 1, ListResourceTags: 1 });
  });

  it("names the permission that is missing", { timeout: timeoutMs }, async () => {
    const { emulator, alias, run } = await account();
    emulator.permissions.deny("kms:Decrypt");
    const { code, out } = await run(["--live", "aws", "--key", alias]);
    expect(code).toBe(1);
    expect(out).toContain("kms:Decrypt");
    expect(out).toContain("PERMISSION_DENIED");
  });
});
