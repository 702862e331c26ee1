import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import type { AnswerName, CapabilityRow, CryptoOperation, KeyHandle } from "@kms/core";
import { check, equal, present, sameBytes } from "../assertions.ts";
import { random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { forEachClaim } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { claimedUses, perform, protectAll } from "../use.ts";

/** What crosses the door between guard and driver. */
export const answerCases: readonly Case[] = [
  {
    id: "answers/name-who-answered",
    title:
      "the driver's answers name key and version exactly where the manifest says so, and name those that were asked for",
    shows: "crypto-rules.md 6; contract-fit.md §1: the row's answersName says what each answer names",
    run: nameWhoAnswered,
  },
  {
    id: "answers/another-name-is-refused",
    title: "an answer that names another key or another version is never passed on",
    shows: "style.md §2.21: verify the service's answer; design.md §3.1",
    run: anotherNameIsRefused,
  },
  {
    id: "answers/sign-input",
    title: "the driver is given a message or the right digest of it to sign, as the manifest says",
    shows:
      "design.md §3.2: hashing is local where the provider takes digests; provider-bugs.md §2: digest hashed twice",
    run: signInput,
  },
];

/** What the next call of the operation at the door answers. */
async function answerOf(context: Context, operation: CryptoOperation, work: () => Promise<unknown>): Promise<object> {
  let answer: unknown;
  context.door.intervene(async (call, invoke) => {
    const result: unknown = await invoke();
    if (call.name === operation) answer = result;
    return result;
  });
  await work();
  context.door.intervene(undefined);
  check(typeof answer === "object" && answer !== null, `${operation} did not reach the driver`);
  return answer;
}

async function nameWhoAnswered(context: Context): Promise<void> {
  for (const row of context.rows()) {
    const key = await context.key(row);
    const earlier = await protectAll(context, key);
    for (const operation of ["encrypt", "decrypt", "sign"] as const) {
      if (row.operations[operation] !== "native" || !claimedUses(context, key).includes(operation)) continue;
      const answer = await answerOf(context, operation, () => perform(context.kms, { key, operation, earlier }));
      const named: readonly AnswerName[] = row.answersName[operation] ?? [];
      const what = `${operation} with ${row.algorithm}`;
      for (const name of ["id", "version"] as const) {
        equal(
          Reflect.get(answer, name) !== undefined,
          named.includes(name),
          `${what}: whether the answer names the ${name}`,
        );
      }
      if (named.includes("id")) equal(Reflect.get(answer, "id"), key.keyId, `${what}: the key that answered`);
      const version: unknown = Reflect.get(answer, "version");
      if (typeof version === "string") {
        check(context.harness.driver.isVersion(version), `${what}: no version of this provider`);
      }
    }
  }
}

async function anotherNameIsRefused(context: Context): Promise<void> {
  for (const row of oneOfEach(context.rows())) {
    const [key, second] = [await context.key(row), await context.key(row, "second")];
    const earlier = await protectAll(context, key);
    for (const operation of claimedUses(context, key)) {
      if (row.operations[operation] !== "native") continue;
      const misnaming = async (change: object): Promise<void> => {
        const work = (): Promise<void> => perform(context.kms, { key, operation, earlier });
        context.door.intervene(async (call, invoke) => {
          const answer: unknown = await invoke();
          return call.name === operation ? Object.assign({}, answer, change) : answer;
        });
        const passed = await work().then(
          () => context.door.calls().at(-1)?.name === operation,
          () => false,
        );
        context.door.intervene(undefined);
        check(!passed, `${operation} with ${row.algorithm}: an answer naming ${JSON.stringify(change)} was passed on`);
      };
      await misnaming({ id: second.keyId });
      // Only the driver reads the version out of a wrapped data key, so there is nothing to compare it with.
      if (row.version === "caller" && operation !== "unwrapDataKey") await misnaming({ version: "4711" });
    }
  }
}

const digests = { "SHA-256": sha256, "SHA-384": sha384, "SHA-512": sha512 } as const;

async function signInput(context: Context): Promise<void> {
  await forEachClaim(context, ["sign"], async (key: KeyHandle, row: CapabilityRow) => {
    const message = random(300);
    await context.kms.sign(key, message);
    const call = context.door.calls().findLast(({ name }) => name === "sign");
    const input: unknown = call?.given[1];
    check(
      typeof input === "object" && input !== null && "kind" in input && "bytes" in input,
      "sign was given no input",
    );
    equal(input.kind, row.signInput ?? "message", `what is signed with ${row.algorithm}`);
    check(input.bytes instanceof Uint8Array, "the input has no bytes");
    if (input.kind === "message") sameBytes(input.bytes, message, "the message");
    if (input.kind !== "digest") return;
    const hash = "hash" in input ? input.hash : undefined;
    const name = present(
      Object.keys(digests).find((each) => each === hash),
      `an unknown digest ${String(hash)}`,
    );
    check(row.algorithm.endsWith(name.replace("-", "")), `${row.algorithm} is given a digest of ${name}`);
    sameBytes(input.bytes, digests[name as keyof typeof digests](message), "the digest");
  });
}
