import type { DriverListing } from "../../contract/record.ts";
import type { KeyListing } from "../../contract/results.ts";
import type { StringMap } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { writeIntent, writeOutcome } from "../audit.ts";
import type { GuardCall } from "../call.ts";
import { drive, harmless } from "../drive.ts";
import { authorized } from "../pipeline.ts";
import { unsupported } from "../provider.ts";
import type { Task } from "../task.ts";
import { tracedList } from "../trace.ts";
import { listingOf } from "./describing.ts";
import { checkProviderClaims } from "./keys.ts";

/**
 * The keys of a provider, page by page as they are asked for. One intent when the first is asked for, one outcome at the
 * end, at the first failure, or when the caller stops. The deadline covers the whole list; what is left of it covers each page.
 */
export const listKeys = (task: Task, labels: StringMap | undefined): AsyncGenerator<KeyListing> =>
  tracedList(task, () => list(task, labels));

async function* list(task: Task, labels: StringMap | undefined): AsyncGenerator<KeyListing> {
  const { driver, name } = task.provider;
  const { audit } = task.instance;
  let failure: KmsError | undefined;
  const closed = (): void | Promise<void> => {
    task.instance.lists.delete(closed);
    return writeOutcome(audit, task, new KmsError("CLOSED", "The instance was closed."));
  };
  try {
    task.instance.assertOpen(); // a list is begun when it is first asked
    checkProviderClaims(task, "listKeys");
    const { listKeys: listAt } = driver;
    if (listAt === undefined) throw unsupported(name, "listKeys", "any key");
    if (labels !== undefined && !driver.capabilities.listing.includes("labels")) {
      throw new KmsError(
        "UNSUPPORTED",
        `Lists of provider "${name}" carry no labels, so they cannot be chosen by. Describe the keys one by one.`,
      );
    }
    await writeIntent(audit, task);
    task.instance.lists.add(closed);
    await authorized(task);
    for await (const entry of interruptible(task, listAt)) {
      if (fits(entry, labels)) yield listingOf(entry);
    }
  } catch (cause) {
    failure = task.failureOf(cause, false);
    throw failure;
  } finally {
    try {
      if (task.instance.lists.delete(closed)) await writeOutcome(audit, task, failure);
    } finally {
      task.end();
    }
  }
}

/** The first page is tried again as other reads are; of later ones a failure ends the list, whose entries may have been acted on. */
async function* interruptible(
  task: Task,
  listAt: (call: GuardCall) => AsyncIterable<DriverListing>,
): AsyncGenerator<DriverListing> {
  let iterator: AsyncIterator<DriverListing> | undefined;
  const first = (call: GuardCall): Promise<IteratorResult<DriverListing>> => {
    iterator = listAt(call)[Symbol.asyncIterator]();
    return iterator.next();
  };
  try {
    let step = await drive(task, harmless, first);
    for (;;) {
      task.call.dispose(); // between pages a list holds up nobody, even if its caller never comes back
      if (step.done === true || iterator === undefined) return;
      yield step.value;
      task.instance.assertOpen();
      step = await task.call.within(iterator.next());
    }
  } finally {
    // Not awaited: a driver that hangs must not hold the caller.
    void Promise.resolve(iterator?.return?.()).catch(() => undefined);
  }
}

const fits = (entry: DriverListing, labels: StringMap | undefined): boolean =>
  labels === undefined || Object.entries(labels).every(([name, value]) => entry.labels?.[name] === value);
