import * as aes from "../baselines/aes.ts";
import * as ecdsa from "../baselines/ecdsa.ts";
import * as hmac from "../baselines/hmac.ts";
import * as jose from "../baselines/jose.ts";
import type { Place } from "./place.ts";
import { interleave, type Effort, type Side } from "./rounds.ts";
import type { RowName } from "./rows.ts";
import type { Samples } from "./statistics.ts";
import { encryptAtAws } from "./subjects/aws.ts";
import { encryptAtGcp } from "./subjects/gcp.ts";
import { importAws, importCore, importGcp } from "./subjects/import-times.ts";
import { create, read } from "./subjects/lookups.ts";
import * as ownKeys from "./subjects/own-keys.ts";
import { assertDone, associatedData, message } from "./subjects/work.ts";

/** Measures one row at a place. */
export type Measurement = (effort: Effort, place: Place) => Promise<Samples>;

// The two entries with the one that binds the header, serialised (`crypto-rules` 5 and 7): as long as what ours binds.
const serialisedBytes = new Uint8Array(95);

/** How each row is measured. */
export const measurements: Readonly<Record<RowName, Measurement>> = {
  "guard/aes/floor": rounds(ownKeys.encryptAndDecrypt, () => counted(aes.floor(message, serialisedBytes))),
  "guard/aes/raw": rounds(ownKeys.encryptAndDecrypt, () => counted(aes.oneKey(message, serialisedBytes))),
  "guard/es256/sign": rounds(ownKeys.sign, () => counted(ecdsa.sign(message))),
  "guard/es256/verify": rounds(ownKeys.verify, () => judged(ecdsa.verify(message))),
  "guard/hmac": rounds(ownKeys.makeAndVerifyMac, () => counted(hmac.twoMacs(message))),
  "guard/aes/jose": rounds(ownKeys.encryptAndDecrypt, async () =>
    awaited(await jose.encryptAndDecrypt(message, associatedData)),
  ),
  "guard/es256/sign/jose": rounds(ownKeys.sign, async () => awaited(await jose.sign(message))),
  "guard/es256/verify/jose": rounds(ownKeys.verify, async () => awaited(await jose.verify(message))),
  "guard/hmac/jose": rounds(ownKeys.makeAndVerifyMac, async () => awaited(await jose.makeAndVerifyMac(message))),
  "import/core": async (effort) => importCore(effort.rounds),
  "import/aws": async (effort) => importAws(effort.rounds),
  "import/gcp": async (effort) => importGcp(effort.rounds),
  "adapter/aws/sequential": async (effort) => interleave(await encryptAtAws(undefined), effort),
  "adapter/aws/concurrent-64": async (effort) => interleave(await encryptAtAws(64), effort),
  "adapter/gcp/sequential": async (effort) => interleave(await encryptAtGcp(undefined), effort),
  "adapter/gcp/concurrent-64": async (effort) => interleave(await encryptAtGcp(64), effort),
  "lookup/read": async (effort, place) => interleave(await read(place), effort),
  "lookup/create": async (effort, place) => interleave(await create(place), effort),
};

function rounds(ours: (place: Place) => Promise<Side>, baseline: () => Side | Promise<Side>): Measurement {
  return async (effort, place) => interleave({ ours: await ours(place), baseline: await baseline() }, effort);
}

// Each baseline answers something that shows that it worked, and is checked as ours is.
const counted = (once: () => number): Side => ({ kind: "sync", once: () => assertDone(once() > 0) });
const judged = (once: () => boolean): Side => ({ kind: "sync", once: () => assertDone(once()) });
const awaited = (once: () => Promise<number>): Side => ({
  kind: "async",
  once: async () => assertDone((await once()) > 0),
});
