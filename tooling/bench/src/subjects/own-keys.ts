import { randomBytes } from "node:crypto";
import { createKms, hmacSealer, memoryAuditSink, type KeyHandle, type Kms } from "@kms/core";
import { selfManagedKms, type KeyStore, type SelfManagedAlgorithm, type SelfManagedDriver } from "@kms/self-managed";
import type { Place } from "../place.ts";
import type { Side } from "../rounds.ts";
import { newStore } from "./stores.ts";
import { assertDone, associatedData, message } from "./work.ts";

/** `Kms` over own keys alone. */
export type OwnKms = Kms<{ readonly own: SelfManagedDriver }>;

interface OwnKey {
  readonly kms: OwnKms;
  readonly key: KeyHandle;
}

/** `Kms` over a store, with policy, sealer and memory audit sink as an application has. */
export async function ownKms(store: KeyStore): Promise<OwnKms> {
  return createKms({
    providers: { own: await selfManagedKms({ store }) },
    sealer: hmacSealer({ keys: [{ kid: "bench", secret: randomBytes(32) }] }),
    policy: {
      minimumStrengthBits: 128,
      allowedAlgorithms: ["AES-256-GCM", "ECDSA-P256-SHA256", "HMAC-SHA256"],
      allowedProtection: ["software"],
      maximumProtectAgeDays: { encryption: 365, signature: 365, mac: 365 },
    },
    audit: memoryAuditSink(),
    actor: "bench",
  });
}

/** A key over the place's store, its handle sealed and opened. */
async function ownKey(place: Place, algorithm: SelfManagedAlgorithm): Promise<OwnKey> {
  const kms = await ownKms(await newStore(place));
  const made = await kms.generateKey("own", { algorithm, name: "bench" });
  return { kms, key: await kms.openHandle(await kms.sealHandle(made), { algorithm }) };
}

/** AES-256-GCM, encrypt and decrypt. */
export async function encryptAndDecrypt(place: Place): Promise<Side> {
  const { kms, key } = await ownKey(place, "AES-256-GCM");
  const once = async (): Promise<void> => {
    const ciphertext = await kms.encrypt(key, message, associatedData);
    assertDone((await kms.decrypt(key, ciphertext, associatedData)).length === message.length);
  };
  return { kind: "async", once };
}

/** ECDSA P-256 with SHA-256, sign. */
export async function sign(place: Place): Promise<Side> {
  const { kms, key } = await ownKey(place, "ECDSA-P256-SHA256");
  const once = async (): Promise<void> => {
    assertDone((await kms.sign(key, message)).bytes.length > 0);
  };
  return { kind: "async", once };
}

/** ECDSA P-256 with SHA-256, verify one signature with the pinned public key. */
export async function verify(place: Place): Promise<Side> {
  const { kms, key } = await ownKey(place, "ECDSA-P256-SHA256");
  const signature = await kms.sign(key, message);
  const once = async (): Promise<void> => {
    assertDone(await kms.verify(key, message, signature));
  };
  return { kind: "async", once };
}

/** HMAC-SHA256, make and verify. */
export async function makeAndVerifyMac(place: Place): Promise<Side> {
  const { kms, key } = await ownKey(place, "HMAC-SHA256");
  const once = async (): Promise<void> => {
    assertDone(await kms.verifyMac(key, message, await kms.generateMac(key, message)));
  };
  return { kind: "async", once };
}
