import * as aes from "../../baselines/aes.ts";
import * as ecdsa from "../../baselines/ecdsa.ts";
import * as hmac from "../../baselines/hmac.ts";
import * as jose from "../../baselines/jose.ts";
import type { Measurement, Measurements } from "../measurements.ts";
import type { Place } from "../place.ts";
import type { GuardRow } from "../row-name.ts";
import { interleave, type Side } from "../rounds.ts";
import { awaited, counted, judged } from "../sides.ts";
import * as ownKeys from "../subjects/own-keys.ts";
import { associatedData, message } from "../subjects/work.ts";

// The two entries with the one that binds the header, serialised (`crypto-rules` 5 and 7): as long as what ours binds.
const serialisedBytes = new Uint8Array(95);

/** How operations with own keys are measured. */
export const measurements: Measurements<GuardRow> = {
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
};

function rounds(ours: (place: Place) => Promise<Side>, baseline: () => Side | Promise<Side>): Measurement {
  return async (effort, place) => interleave({ ours: await ours(place), baseline: await baseline() }, effort);
}
