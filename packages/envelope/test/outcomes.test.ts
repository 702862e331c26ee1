import { KmsError, type KeyHandle, type Kms, type KmsErrorCode } from "@kms/core";
import { describe, expect, test } from "vitest";
import { anyOf, decrypt, encrypt, kmsRecipient, recipientReport, type Recipient } from "../src/index.ts";
import { bytes, knownDataKey, refusal, text } from "./setup.ts";

/** The key of a provider that answers every unwrapping by that error. */
function refusing(code: KmsErrorCode): Recipient {
  const row = { algorithm: "AES-256-GCM", operations: { unwrapDataKey: "provider" }, associatedData: "bound" };
  const kms = {
    capabilities: () => ({ rows: [row] }),
    unwrapDataKey: async () => {
      throw new KmsError(code, "what the provider says");
    },
  };
  return kmsRecipient(
    kms as unknown as Kms,
    { provider: "stub", keyId: "known", algorithm: row.algorithm } as unknown as KeyHandle,
  );
}

const known = knownDataKey(new Uint8Array(32).fill(7));
let dataKey = new Uint8Array(32);
const wrap: Recipient["wrap"] = (key) => {
  dataKey = new Uint8Array(key);
  return [{ providerId: "stub", providerInfo: bytes("known"), ciphertext: bytes("wrapped") }];
};
const message = await encrypt({ ...known, wrap }, bytes("a"));

describe("a provider's refusal that is not about the message keeps its code, and leaves it to the others", () => {
  test.each<[KmsErrorCode, string, KmsErrorCode]>([
    ["UNAVAILABLE", "unreachable", "UNAVAILABLE"],
    ["CORRUPTED", "unreachable", "UNAVAILABLE"],
    ["UNKNOWN", "unreachable", "UNAVAILABLE"],
    ["PERMISSION_DENIED", "permission", "PERMISSION_DENIED"],
    ["INVALID_STATE", "state", "INVALID_STATE"],
    ["NOT_FOUND", "state", "INVALID_STATE"],
    // The store of own keys was altered, or another key answered: the message may be as it was.
    ["TAMPERED", "state", "INVALID_STATE"],
    ["ROLLBACK_DETECTED", "state", "INVALID_STATE"],
    ["WRONG_ROOT_KEY", "state", "INVALID_STATE"],
  ])("%s is %s", async (code, outcome, ofSeveral) => {
    const recipient = refusing(code);
    const error = await refusal(decrypt(recipient, message));
    expect([error.code, recipientReport(error)?.outcome]).toEqual([code, outcome]);
    expect((await refusal(decrypt(anyOf([recipient, recipient]), message))).code).toBe(ofSeveral);
    const { plaintext, recipients } = await decrypt(anyOf([recipient, knownDataKey(dataKey)]), message);
    expect([text(plaintext), recipients.of?.map((one) => one.outcome)]).toEqual(["a", [outcome, "opened"]]);
  });
});

test.each<KmsErrorCode>(["CANCELLED", "AUDIT_FAILED", "INVALID_ARGUMENT"])(
  "%s of a provider ends the opening: nobody else is asked",
  async (code) => {
    const unasked: Recipient = { ...known, unwrap: () => expect.unreachable("another was asked") };
    expect((await refusal(decrypt(anyOf([refusing(code), unasked]), message))).code).toBe(code);
  },
);

test.each<KmsErrorCode>(["DECRYPTION_FAILED", "TOO_LARGE"])("%s is about the message: opaque", async (code) => {
  expect((await refusal(decrypt(refusing(code), message))).code).toBe("DECRYPTION_FAILED");
});

describe("a recipient that says what came of it, and brings no error of that meaning, is believed", () => {
  test.each([
    ["unreachable", "UNAVAILABLE"],
    ["permission", "PERMISSION_DENIED"],
    ["state", "INVALID_STATE"],
    ["failed", "DECRYPTION_FAILED"],
    ["not-for-this-recipient", "DECRYPTION_FAILED"],
  ] as const)("%s", async (outcome, code) => {
    for (const errors of [[], [new KmsError("CONFLICT", "of another meaning")]]) {
      const report = { recipient: "mine", outcome };
      const recipient: Recipient = { ...known, unwrap: () => ({ dataKey: undefined, report, errors }) };
      const error = await refusal(decrypt(recipient, message));
      expect([error.code, recipientReport(error)]).toEqual([code, report]);
      expect((await refusal(decrypt(anyOf([recipient]), message))).code).toBe(code);
    }
  });
});
