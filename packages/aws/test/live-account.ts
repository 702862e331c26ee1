import {
  DeleteAliasCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
  type CreateKeyCommandInput,
  type ServiceOutputTypes,
} from "@aws-sdk/client-kms";

/** The tag that every key of a live run bears, its value the run's. In the driver's own name space, so that it is no label. */
export const liveTag = "kms-live-suite";

// AWS KMS Developer Guide, "Request quotas": 5 a second for most requests that make and change keys.
const gentleMs = 250;
const gentle: ReadonlySet<string> = new Set([
  "CreateKeyCommand",
  "CreateAliasCommand",
  "EnableKeyCommand",
  "DisableKeyCommand",
  "RotateKeyOnDemandCommand",
  "CancelKeyDeletionCommand",
  "ScheduleKeyDeletionCommand",
  "EnableKeyRotationCommand",
]);

/** A real account for the time of a run. */
export interface LiveAccount {
  readonly client: KMSClient;
  /** Removes the aliases and schedules the deletion, in 7 days, of every key that the run made. Answers how many, and what failed. */
  readonly cleanUp: () => Promise<{ readonly keys: number; readonly failures: readonly string[] }>;
}

interface Made {
  readonly keys: Set<string>;
  readonly aliases: Set<string>;
}

/** The account of the SDK's own chain. Its client tags what it makes, keeps count of it, and asks slowly for changes. */
export function liveAccount(run: string): LiveAccount {
  const client = new KMSClient({ maxAttempts: 1 });
  const made: Made = { keys: new Set(), aliases: new Set() };
  let turn = Promise.resolve();
  client.middlewareStack.add(
    (next, { commandName = "" }) =>
      async (args) => {
        if (gentle.has(commandName)) await (turn = turn.then(() => pause(gentleMs)));
        if (commandName === "CreateKeyCommand") tag(args.input as CreateKeyCommandInput, run);
        const answer = await next(args);
        note(made, args.input, answer.output);
        return answer;
      },
    { step: "initialize" },
  );
  return { client, cleanUp: () => cleanUp(client, made) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

const tag = (input: CreateKeyCommandInput, run: string): void => {
  input.Tags = [...(input.Tags ?? []), { TagKey: liveTag, TagValue: run }];
};

function note({ keys, aliases }: Made, input: object, output: ServiceOutputTypes): void {
  if ("KeyMetadata" in output && "KeySpec" in input && output.KeyMetadata?.Arn) keys.add(output.KeyMetadata.Arn);
  if ("AliasName" in input && "TargetKeyId" in input) aliases.add(String(input.AliasName));
}

async function cleanUp(client: KMSClient, { keys, aliases }: Made): ReturnType<LiveAccount["cleanUp"]> {
  const failures: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (cause) {
      // Scheduled already by the case itself: nothing is left to do.
      if (cause instanceof Error && cause.name === "KMSInvalidStateException") return;
      failures.push(`${what}: ${cause instanceof Error ? cause.name : String(cause)}`);
    }
  };
  for (const AliasName of aliases) await attempt(AliasName, () => client.send(new DeleteAliasCommand({ AliasName })));
  for (const KeyId of keys) {
    await attempt(KeyId, () => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })));
  }
  client.destroy();
  return { keys: keys.size, failures };
}
