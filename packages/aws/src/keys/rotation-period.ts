import { KmsError, type Call } from "@kms/core/driver";
import type { Connection } from "../client.ts";
import { isAbsence, readRotationPeriod } from "../records.ts";

const firstPauseMs = 100;
const longestPauseMs = 2_000;
// About half a minute, for whoever set no limit to the call.
const attempts = 25;

/**
 * Has a key that was just made rotate by itself, once all of AWS has seen the key, and waits until the period is seen too:
 * the guard compares what it reads with what was asked for. `NOT_READY` when the call's time is over before.
 */
export async function rotateEvery(connection: Connection, keyId: string, days: number, call: Call): Promise<void> {
  const input = { KeyId: keyId, RotationPeriodInDays: days };
  const enable = async (): Promise<boolean> => {
    await connection.send((sdk) => new sdk.EnableKeyRotationCommand(input), call);
    return true;
  };
  await untilSeen(enable, call);
  await untilSeen(async () => (await readRotationPeriod(connection, keyId, call)) === days, call);
}

async function untilSeen(ask: () => Promise<boolean>, call: Call): Promise<void> {
  let pauseMs = firstPauseMs;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      if (await ask()) return;
    } catch (cause) {
      if (!isAbsence(cause)) throw cause;
    }
    if (pauseMs >= call.remainingMs()) break;
    await pause(pauseMs, call);
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
  }
  throw new KmsError("NOT_READY", "AWS KMS had not seen the key, or its rotation, when the call's time was over.");
}

/** Ends early where the call does; what is asked next then says so. */
const pause = (ms: number, call: Call): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => {
      release();
      resolve();
    }, ms);
    const release = call.onInterrupt(() => {
      clearTimeout(timer);
      resolve();
    });
  });
