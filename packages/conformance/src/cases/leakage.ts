import { tracingChannel } from "node:diagnostics_channel";
import { KmsError, type KeyHandle } from "@kms/core";
import { check } from "../assertions.ts";
import { concat, flipped, random, toHex, utf8 } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { formsOf, showsNot, textsOf, type Canary } from "../leaks.ts";
import { oneOfEach, quickRows } from "../rows.ts";
import { associatedDataFor, protectAll, type Protected } from "../use.ts";

/** Canaries that must not turn up. */
export const leakageCases: readonly Case[] = [
  {
    id: "leakage/errors",
    title: "no error shows a plaintext, a value of associated data, a data key or a token, however it is printed",
    shows: "design.md §3.7; requirements 52; provider-bugs.md §2: secrets in errors",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const key = await context.key(row);
        const { canaries, errors } = await provoke(context, key);
        check(errors.length > 0, "nothing was refused");
        for (const error of errors) {
          for (const canary of canaries) showsNot(textsOf(error), canary, `an error of ${row.algorithm}`);
        }
      }
    },
  },
  {
    id: "leakage/audit",
    title: "no audit event shows a plaintext, a data key, a token or the value of a signature or MAC",
    shows: "requirements 52, 74; crypto-rules.md 27",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const key = await context.key(row);
        const { canaries } = await provoke(context, key);
        check(context.events().length > 0, "nothing was audited");
        // Associated data stands in the events as it was given; everywhere else its values must not be.
        const texts = context.events().flatMap(({ associatedData: _, ...event }) => textsOf(event));
        for (const canary of canaries) showsNot(texts, canary, `an audit event of ${row.algorithm}`);
      }
    },
  },
  {
    id: "leakage/tracing",
    title: "what the tracing channel publishes shows no plaintext, associated data, data key or token",
    shows: "design.md §3.8: kms:operation; never bytes",
    run: async (context) => {
      for (const row of oneOfEach(context.rows())) {
        const key = await context.key(row);
        const published: unknown[] = [];
        const { canaries } = await listening(published, () => provoke(context, key));
        check(published.length > 0, "nothing was published");
        const texts = published.flatMap((message) => textsOf(message));
        for (const canary of canaries) showsNot(texts, canary, `the trace of ${row.algorithm}`);
      }
    },
  },
  {
    id: "leakage/diagnostics",
    title: "every way in which a ciphertext can be wrong gives the same message",
    shows: "crypto-rules.md 9: one opaque answer",
    run: async (context) => {
      for (const row of quickRows(context.rows("encrypt", "decrypt"))) {
        const key = await context.key(row);
        const associatedData = associatedDataFor(context, key);
        const ciphertext = await context.kms.encrypt(key, random(16), associatedData);
        const foreign = await context.kms.encrypt(await context.key(row, "second"), random(16), associatedData);
        const last = ciphertext.length - 1;
        const wrong = [
          flipped(ciphertext, 0),
          flipped(ciphertext, 8),
          flipped(ciphertext, last),
          ciphertext.subarray(0, last),
          foreign,
          random(20),
        ];
        const messages = new Set<string>();
        for (const bytes of wrong) messages.add(await refusal(context, key, bytes));
        check(messages.size === 1, `${messages.size} different refusals with ${row.algorithm}`);
      }
    },
  },
];

/** Runs the work with somebody listening on every event of the tracing channel. */
async function listening<T>(published: unknown[], work: () => Promise<T>): Promise<T> {
  const channel = tracingChannel<object>("kms:operation");
  const keep = (message: object): void => void published.push({ ...message });
  const handlers = { start: keep, end: keep, asyncStart: keep, asyncEnd: keep, error: keep };
  channel.subscribe(handlers);
  try {
    return await work();
  } finally {
    channel.unsubscribe(handlers);
  }
}

async function refusal(context: Context, key: KeyHandle, bytes: Uint8Array): Promise<string> {
  const error = await context.kms
    .decrypt(key, bytes, associatedDataFor(context, key))
    .catch((thrown: unknown) => thrown);
  check(KmsError.isInstance(error), "not refused by a KmsError");
  const { code, message, keyId, provider, cause, state, permission } = error;
  return JSON.stringify({ code, message, keyId, provider, cause: String(cause), state, permission });
}

/** Inputs that are recognised wherever they turn up. */
interface Marked {
  readonly secret: Uint8Array;
  readonly value: string;
  readonly token: string;
  readonly earlier: Protected;
}

/** Uses the key with marked inputs, rightly and wrongly, and collects what is thrown. */
async function provoke(
  context: Context,
  key: KeyHandle,
): Promise<{ readonly canaries: readonly Canary[]; readonly errors: readonly unknown[] }> {
  const secret = concat(utf8("canary "), random(24));
  const value = `canary-${toHex(random(12))}`;
  const earlier = await protectAll(context, key);
  const token = await context.kms.sealHandle(key);
  const errors: unknown[] = [];
  for (const work of misuses(context, key, { secret, value, token, earlier })) {
    try {
      await work();
    } catch (error) {
      errors.push(error);
    }
  }
  const { dataKey, message, signature, mac } = earlier;
  const bytes = [secret, message, dataKey?.plaintext, signature?.bytes, mac?.bytes].filter(
    (each) => each !== undefined,
  );
  const canaries: readonly Canary[] = [
    ...bytes.map((each) => ({ what: "bytes", forms: formsOf(each) })),
    { what: "a value", forms: [value] },
    { what: "a token", forms: [token, token.split(".").at(-1) ?? token] },
  ];
  return { errors, canaries };
}

function misuses({ kms }: Context, key: KeyHandle, marked: Marked): readonly (() => unknown)[] {
  const { secret, value, token, earlier } = marked;
  const associatedData = earlier.associatedData === undefined ? undefined : { tenant: value };
  const wide = concat(secret, new Uint8Array(2_000_000));
  const protecting = (["encrypt", "sign", "generateMac", "wrapKey"] as const).flatMap((operation) => [
    () => attemptWith(kms, operation, key, secret),
    () => attemptWith(kms, operation, key, wide, associatedData),
    () => attemptWith(kms, operation, token, secret),
  ]);
  const reading = (["decrypt", "unwrapKey", "verify", "verifyMac"] as const).flatMap((operation) => [
    () => attemptWith(kms, operation, key, secret, associatedData),
    () => attemptWith(kms, operation, key, secret, secret),
  ]);
  const { dataKey, ciphertext } = earlier;
  const changed = ciphertext === undefined ? secret : flipped(ciphertext, ciphertext.length - 1);
  const encrypted = dataKey && { ...dataKey.encrypted, ciphertext: flipped(dataKey.encrypted.ciphertext, 3) };
  return [
    ...protecting,
    ...reading,
    () => kms.openHandle(`${token}x`),
    () => attemptWith(kms, "encrypt", key, secret, { tenant: value, "kms-x": value }),
    () => attemptWith(kms, "encrypt", key, secret, { tenant: [value] }),
    () => attemptWith(kms, "decrypt", key, changed, associatedData),
    () => attemptWith(kms, "unwrapDataKey", key, encrypted, associatedData),
  ];
}
