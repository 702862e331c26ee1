import type { KmsError, OwnedBytes } from "@kms/core";
import { assertLeave, type Awaitable } from "../after.ts";
import { cacheOf } from "../cache/cached-recipient.ts";
import { invalidArgument } from "../errors.ts";
import { usualDataKeys } from "../format/limits.ts";
import { attemptBy } from "./attempt.ts";
import { checkRecipient } from "./check-recipient.ts";
import { generateFor } from "./drawn.ts";
import { checkText } from "./raw-names.ts";
import { reuseOf, type GeneratedDataKey, type Recipient, type Unwrapped, type WrapRequest } from "./recipient.ts";
import { gravest, type RecipientReport } from "./report.ts";

/**
 * Several recipients of which each can open the message alone. Making one asks all of them: the first generates the data
 * key, the others wrap it at the same time, and if one fails no message is made. Opening asks them in this order until
 * one opens it; whom nobody can reach is passed over within his share of the time left.
 * `INVALID_ARGUMENT` for an empty list or one longer than 32, and for what is no recipient in it or has a cache; one within
 * another counts by its own recipients when a message is made, which is `TOO_LARGE` for more than 32.
 */
export function anyOf(recipients: readonly Recipient[], name = "any of"): Recipient {
  const members = Array.isArray(recipients) ? Object.freeze([...(recipients as readonly Recipient[])]) : [];
  const [first, ...others] = members;
  if (first === undefined || members.length > usualDataKeys) {
    throw invalidArgument("make a recipient of several", `there are ${members.length}`, "Give a list of 1 to 32.");
  }
  for (const member of members) checkRecipient(member);
  checkText(name, "name of several recipients");
  if (members.some((member) => cacheOf(member) !== undefined)) {
    throw invalidArgument("make a recipient of several", "one of them has a cache", "Make a cache of the whole.");
  }
  return Object.freeze<Recipient>({
    name,
    generate: async (lengthBytes, request) => {
      const generated = await generateFor(first, lengthBytes, request);
      return wrapForOthers(generated, others, request);
    },
    wrap: async (dataKey, request) => (await wrapFor(members, dataKey, request)).flat(),
    reuse: members.some((member) => member.reuse !== undefined) ? reuseBy(members) : undefined,
    unwrap: (encrypted, lengthBytes, request) =>
      unwrapByAny(name, members, (member, share) => member.unwrap(encrypted, lengthBytes, share), request),
  });
}

const wrapFor = (
  members: readonly Recipient[],
  dataKey: OwnedBytes,
  request: WrapRequest,
): Promise<Awaited<ReturnType<Recipient["wrap"]>>[]> =>
  Promise.all(members.map(async (member) => member.wrap(dataKey, request)));

/** All of them are asked, each as it was when the data key was made: the first generated it, the others wrapped it. */
const reuseBy =
  (members: readonly Recipient[]): NonNullable<Recipient["reuse"]> =>
  async (use, dataKey, request) => {
    const asked = members.map(async (member, index) =>
      assertLeave(await member.reuse?.(index === 0 ? use : "wrapDataKey", dataKey, request)),
    );
    await Promise.all(asked);
  };

async function wrapForOthers(
  { dataKey, encrypted }: GeneratedDataKey,
  others: readonly Recipient[],
  request: WrapRequest,
): Promise<GeneratedDataKey> {
  try {
    const wrapped = await wrapFor(others, dataKey, request);
    return { dataKey, encrypted: [...encrypted, ...wrapped.flat()] };
  } catch (error) {
    dataKey.fill(0);
    throw error;
  }
}

async function unwrapByAny(
  name: string,
  members: readonly Recipient[],
  ask: (member: Recipient, share: WrapRequest) => Awaitable<Unwrapped>,
  request: WrapRequest,
): Promise<Unwrapped> {
  const reports: RecipientReport[] = [];
  const errors: KmsError[] = [];
  for (const [index, member] of members.entries()) {
    const share = shareOf(request, members.length - index);
    const answer = await attemptBy(member, () => ask(member, share), share);
    reports.push(answer.report);
    if (answer.dataKey !== undefined) {
      const { dataKey, errors: none } = answer;
      const report: RecipientReport = { recipient: name, outcome: "opened", of: reports };
      return { dataKey, report, errors: none, reuse: reuseOf(answer) };
    }
    errors.push(...answer.errors);
  }
  const outcome = gravest(reports.map((report) => report.outcome));
  return { dataKey: undefined, report: { recipient: name, outcome, of: reports }, errors };
}

/** An equal part of the time left for each who has not been asked: one who hangs leaves the others theirs. */
function shareOf(request: WrapRequest, waiting: number): WrapRequest {
  const endsAt = performance.now() + request.remainingMs() / waiting;
  const { associatedData, associatedDataBytes, signal } = request;
  const remainingMs = (): number => Math.max(1, Math.ceil(endsAt - performance.now()));
  return { associatedData, associatedDataBytes, signal, remainingMs };
}
