import type { CreateKeyRequest, ListKeysResponse, Tag } from "@aws-sdk/client-kms";
import { KmsError, type Call, type DriverHealth, type KeyConf } from "@kms/core/driver";
import { algorithms, type AwsAlgorithm } from "./algorithms.ts";
import { maximumRandomBytes } from "./capabilities.ts";
import { exactly, ownBytes, type Connection } from "./client.ts";
import { pages } from "./client/pages.ts";
import { classify, halfDone, present, unchanged } from "./errors.ts";
import { rotateEvery } from "./keys/rotation-period.ts";
import { nonceTag, readKey, recordOf, type AwsRecord, type DriverPart } from "./records.ts";

type Keys = "createKey" | "describeKey" | "listKeys" | "getPublicKey" | "generateRandom" | "health";

/** Making, reading and listing keys, public keys, random bytes, and whether AWS KMS answers. */
export const keys = (connection: Connection): DriverPart<Keys> => ({
  createKey: (conf, call) => createKey(connection, conf, call),
  describeKey: (reference, call) => readKey(connection, reference, call),
  listKeys: (call) => listKeys(connection, call),
  getPublicKey: async (key, call) => {
    const answer = await connection.send((sdk) => new sdk.GetPublicKeyCommand({ KeyId: key.id }), call);
    return { bytes: present(answer.PublicKey, "PublicKey"), id: answer.KeyId, version: undefined };
  },
  generateRandom: (lengthBytes, call) => generateRandom(connection, lengthBytes, call),
  health: (call) => health(connection, call),
});

/**
 * One `CreateKey`, then the alias, then the rotation. AWS has no idempotency token (`contract-fit` §1), so the token stands
 * in a tag and the guard never repeats this. A failure after the key exists has outcome "done" and the key's id.
 */
async function createKey(connection: Connection, conf: KeyConf<AwsAlgorithm>, call: Call): Promise<AwsRecord> {
  const alias = conf.name === undefined ? undefined : `alias/${conf.name}`;
  if (alias !== undefined) await refuseTakenAlias(connection, alias, call);
  const labels = conf.labels ?? {};
  const { spec, usage } = algorithms[conf.algorithm];
  const Tags = Object.entries({ ...labels, [nonceTag]: call.idempotencyToken }).map(toTag);
  const input: CreateKeyRequest = { KeySpec: spec, KeyUsage: usage, Origin: "AWS_KMS", Tags };
  const record = await connection
    .send((sdk) => new sdk.CreateKeyCommand(input), call)
    .then(({ KeyMetadata }) => recordOf(present(KeyMetadata, "KeyMetadata"), labels, []))
    .catch((cause: unknown) => {
      throw lost(cause, call.idempotencyToken);
    });
  const { rotateEveryDays } = conf;
  try {
    if (alias !== undefined) {
      await connection.send((sdk) => new sdk.CreateAliasCommand({ AliasName: alias, TargetKeyId: record.id }), call);
    }
    if (rotateEveryDays !== undefined) await rotateEvery(connection, record.id, rotateEveryDays, call);
  } catch (cause) {
    const what =
      "A key was made, but it may lack its alias or its rotation; look, then add what it lacks or schedule its destruction.";
    throw halfDone(cause, "generateKey", record.id, what);
  }
  return { ...record, rotateEveryDays };
}

/** A failure after which there may be a key says by which tag to find it, and what is known of it; every other one stays as it is. */
function lost(cause: unknown, token: string): unknown {
  const said = KmsError.isInstance(cause) ? cause : undefined;
  const { code, outcome, requestId } = said ?? classify(cause, "generateKey");
  if (outcome !== "unknown") return cause;
  const message = `A key was to be made on AWS KMS and no answer came that names it. If there is one, it bears the tag ${nonceTag}=${token}: look for it, then adopt it by getKey or schedule its destruction. Do not assume that there is none. ${said?.message ?? ""}`;
  return new KmsError(code, message.trimEnd(), { outcome, requestId, cause: said === undefined ? cause : said.cause });
}

const toTag = ([TagKey, TagValue]: readonly [string, string]): Tag => ({ TagKey, TagValue });

// Before the key is made: AWS would refuse the alias only afterwards, and the key, once made, costs for seven days at least.
async function refuseTakenAlias(connection: Connection, alias: string, call: Call): Promise<void> {
  try {
    await connection.send((sdk) => new sdk.DescribeKeyCommand({ KeyId: alias }), call);
  } catch (cause) {
    if (classify(cause, "generateKey").code === "NOT_FOUND") return;
    throw unchanged(cause);
  }
  throw new KmsError("ALREADY_EXISTS", `${alias} names another key already; choose another name.`);
}

async function* listKeys(connection: Connection, call: Call): AsyncGenerator<{ readonly id: string }> {
  const ask = (Marker: string | undefined): Promise<ListKeysResponse> =>
    connection.send((sdk) => new sdk.ListKeysCommand({ Marker }), call);
  for await (const { Keys = [] } of pages(ask)) {
    for (const { KeyArn } of Keys) yield { id: present(KeyArn, "Keys.KeyArn") };
  }
}

async function generateRandom(connection: Connection, lengthBytes: number, call: Call): Promise<Uint8Array> {
  if (!Number.isInteger(lengthBytes) || lengthBytes < 1) {
    throw new KmsError(
      "INVALID_ARGUMENT",
      "Random bytes were asked for by a length that is no whole number from 1 on.",
    );
  }
  if (lengthBytes > maximumRandomBytes) {
    throw new KmsError(
      "TOO_LARGE",
      `AWS KMS makes 1 to ${maximumRandomBytes} random bytes in one call; ask for fewer.`,
    );
  }
  const answer = await connection.send((sdk) => new sdk.GenerateRandomCommand({ NumberOfBytes: lengthBytes }), call);
  return exactly(lengthBytes, ownBytes(answer.Plaintext, "Plaintext"));
}

/**
 * One random byte, thrown away: it names no key, changes nothing, and counts against the largest quota. Whoever is denied it
 * was known to AWS all the same, so that health asks for no right.
 */
async function health(connection: Connection, call: Call): Promise<DriverHealth> {
  try {
    await generateRandom(connection, 1, call);
    return { notes: [] };
  } catch (cause) {
    if (KmsError.isInstance(cause) || classify(cause, "generateRandom").code !== "PERMISSION_DENIED") throw cause;
    return { notes: ["AWS KMS knows this principal; which keys it may use, only a use shows."] };
  }
}
