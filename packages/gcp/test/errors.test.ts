import { KmsError, type KmsErrorCode, type Operation } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { classify, codeOf, durationMs, explained, halfDone, notOpened, present } from "../src/errors.ts";
import { refusal } from "./setup.ts";

const vendor = (code: unknown, message = "", more: object = {}): Error =>
  Object.assign(new Error(message), { code, ...more });
const later = { remainingMs: () => 10_000 };
const key = "projects/some-project/locations/global/keyRings/r/cryptoKeys/k";

describe("classify goes by the status", () => {
  test.each([
    [1, "CANCELLED", "unknown"],
    [3, "INVALID_ARGUMENT", "none"],
    [4, "UNAVAILABLE", "unknown"],
    [5, "NOT_FOUND", "none"],
    [6, "ALREADY_EXISTS", "none"],
    [7, "PERMISSION_DENIED", "none"],
    [8, "THROTTLED", "none"],
    [9, "INVALID_STATE", "none"],
    [10, "CONFLICT", "none"],
    [11, "INVALID_ARGUMENT", "none"],
    [12, "UNSUPPORTED", "none"],
    [13, "UNAVAILABLE", "unknown"],
    [14, "UNAVAILABLE", "unknown"],
    [16, "UNAUTHENTICATED", "none"],
  ] as const)("%d is %s, outcome %s", (status, code, outcome) => {
    expect(classify(vendor(status), "encrypt")).toMatchObject({ code, outcome });
  });

  test("and out of decryption a refused argument is a ciphertext that does not open", () => {
    for (const operation of ["decrypt", "unwrapDataKey"] as const) {
      expect(classify(vendor(3), operation).code).toBe("DECRYPTION_FAILED");
    }
    for (const operation of ["encrypt", "generateKey", "verifyMac"] as const) {
      expect(classify(vendor(3), operation).code).toBe("INVALID_ARGUMENT");
    }
  });

  test.each([
    vendor(2),
    vendor(15),
    vendor(0),
    vendor(404), // an HTTP status, as the REST fallback puts it there
    vendor("14"),
    vendor("__proto__", "", { reason: "constructor" }),
    vendor(99, "", { statusDetails: [null, 7, { violations: [null, { type: "toString" }] }] }),
    new Error("x"),
    {},
    { code: {}, message: 8, statusDetails: "x" },
    undefined,
    null,
    "text",
  ])("what it does not know is UNKNOWN and may have happened (case %#)", (cause) => {
    expect(classify(cause, "encrypt")).toMatchObject({ code: "UNKNOWN", outcome: "unknown" });
  });
});

describe("the details say more than the status", () => {
  test.each([
    [8, "RATE_LIMIT_EXCEEDED", "THROTTLED"],
    [8, "RESOURCE_QUOTA_EXCEEDED", "QUOTA_EXCEEDED"],
    [7, "SERVICE_DISABLED", "PERMISSION_DENIED"],
    [7, "BILLING_DISABLED", "PERMISSION_DENIED"],
    [7, "CONSUMER_INVALID", "PERMISSION_DENIED"],
    [16, "ACCESS_TOKEN_EXPIRED", "UNAUTHENTICATED"],
    [7, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "PERMISSION_DENIED"],
    [16, "CREDENTIALS_MISSING", "UNAUTHENTICATED"],
    [7, "IAM_PERMISSION_DENIED", "PERMISSION_DENIED"],
    [14, "SOMETHING_NEW", "UNAVAILABLE"],
  ] as const)("%d with the reason %s is %s", (status, reason, code) => {
    expect(classify(vendor(status, "", { reason }), "encrypt").code).toBe(code);
  });

  const violated = (...types: readonly string[]): object => ({
    statusDetails: [{ violations: types.map((type) => ({ type, subject: `${key}/cryptoKeyVersions/1` })) }],
  });
  const stated = (state: string): string => `${key}/cryptoKeyVersions/1 is not enabled, current state is: ${state}.`;

  test.each([
    ["DISABLED", ["KEY_DISABLED"], "INVALID_STATE", "disabled"],
    ["DESTROYED", [], "INVALID_STATE", "destroyed"],
    ["DESTROY_SCHEDULED", [], "INVALID_STATE", "destruction-scheduled"],
    ["MELTED", [], "INVALID_STATE", undefined],
    ["PENDING_GENERATION", ["KEY_PENDING_GENERATION"], "NOT_READY", undefined],
    ["PENDING_GENERATION", [], "NOT_READY", undefined],
    ["", ["KEY_DISABLED"], "INVALID_STATE", undefined],
    ["", ["SOMETHING_NEW"], "INVALID_STATE", undefined],
  ] as const)("of the state %j with %j: %s, %s", (state, types, code, native) => {
    expect(classify(vendor(9, stated(state), violated(...types)), "encrypt")).toMatchObject({ code, outcome: "none" });
    expect(classify(vendor(9, stated(state), violated(...types)), "encrypt").state).toBe(native);
  });

  test("a state is told of a refusal for the state alone", () => {
    expect(classify(vendor(5, stated("DISABLED")), "encrypt").state).toBeUndefined();
  });

  test("which permission is missing, by detail or by words, and nothing that is none", () => {
    const permission = "cloudkms.cryptoKeyVersions.useToDecrypt";
    const named = (code: number, message: string, errorInfoMetadata?: object): string | undefined =>
      classify(vendor(code, message, { errorInfoMetadata }), "decrypt").permission;
    expect(named(7, "", { permission })).toBe(permission);
    expect(named(7, `Permission '${permission}' denied on resource '${key}' (or it may not exist).`)).toBe(permission);
    expect(named(7, "no")).toBeUndefined();
    expect(named(7, "", { permission: "x; drop table" })).toBeUndefined();
    expect(named(7, "", { permission: 7 })).toBeUndefined();
    expect(named(5, "", { permission })).toBeUndefined();
  });

  test("how long to wait, and the request's id", () => {
    const said = (...statusDetails: readonly object[]) => classify(vendor(8, "", { statusDetails }), "encrypt");
    expect(said({ retryDelay: { seconds: "2", nanos: 500_000_000 } }).retryAfterMs).toBe(2500);
    expect(said({ retryDelay: { seconds: "-2" } }).retryAfterMs).toBeUndefined();
    expect(said({ retryDelay: { seconds: "x" } }).retryAfterMs).toBeUndefined();
    expect(said({ retryDelay: 7 }).retryAfterMs).toBeUndefined();
    expect(said({ requestId: "" }, { requestId: "r" }).requestId).toBe("r");
  });
});

const plugin = "2 UNKNOWN: Getting metadata from plugin failed with error:";
describe("the words say what gRPC, not Google, answered", () => {
  test.each<[string, KmsErrorCode, "none" | "unknown"]>([
    ["14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:1.", "UNAVAILABLE", "none"],
    ["14 UNAVAILABLE: No connection established. Last error: getaddrinfo ENOTFOUND cloudkms.", "UNAVAILABLE", "none"],
    ["14 UNAVAILABLE: Name resolution failed for target dns:cloudkms.googleapis.com:443", "UNAVAILABLE", "none"],
    ["14 UNAVAILABLE: No connection established. Last error: self-signed certificate.", "UNAVAILABLE", "none"],
    ["14 UNAVAILABLE: Stream refused by server", "UNAVAILABLE", "none"],
    ["14 UNAVAILABLE: read ECONNRESET", "UNAVAILABLE", "unknown"],
    ["14 UNAVAILABLE: Connection dropped", "UNAVAILABLE", "unknown"],
    ["7 PERMISSION_DENIED: Received HTTP status code 403", "UNAVAILABLE", "unknown"],
    ["16 UNAUTHENTICATED: Received HTTP status code 401", "UNAVAILABLE", "unknown"],
    ["8 RESOURCE_EXHAUSTED: Bandwidth exhausted or memory limit exceeded", "UNAVAILABLE", "unknown"],
    ["2 UNKNOWN: Getting metadata from plugin failed with error: invalid_grant", "UNAUTHENTICATED", "none"],
    [`${plugin} request to https://oauth2.googleapis.com/token failed, reason: read ECONNRESET`, "UNAVAILABLE", "none"],
    [`${plugin} Could not refresh access token: Request failed with status code 503`, "UNAVAILABLE", "none"],
    [`${plugin} Could not refresh access token: Request failed with status code 401`, "UNAUTHENTICATED", "none"],
    ["3 INVALID_ARGUMENT: The checksum in field plaintext_crc32c did not match the data.", "CORRUPTED", "none"],
  ])("%s", (message, code, outcome) => {
    const status = Number(message.split(" ")[0]);
    for (const operation of ["disableKey", "decrypt"] as const satisfies readonly Operation[]) {
      expect(classify(vendor(status, message), operation)).toMatchObject({ code, outcome });
    }
  });

  test("a client that was closed by its maker, which the SDK says as bare text", () => {
    expect(classify("The client has already been closed.", "encrypt")).toMatchObject({
      code: "CLOSED",
      outcome: "none",
    });
  });
});

describe("an error as it leaves the connection", () => {
  test("says what to do where the guard's words for a code cannot, with the vendor's error as cause", () => {
    const cause = vendor(7, "x", { reason: "SERVICE_DISABLED" });
    const error = explained(cause, later) as KmsError;
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none", cause });
    expect(error.message).toContain("cloudkms.googleapis.com");
  });

  test("stays as it is otherwise", () => {
    for (const cause of [vendor(5), vendor(7), vendor(14, "read ECONNRESET"), new KmsError("UNKNOWN", "x")]) {
      expect(explained(cause, later)).toBe(cause);
    }
  });

  test("is DEADLINE_EXCEEDED only where the call's own time is over", () => {
    const cause = vendor(4, "Deadline exceeded");
    expect(explained(cause, { remainingMs: () => 0 })).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    expect(explained(cause, later)).toBe(cause);
    expect(explained(vendor(14), { remainingMs: () => 0 })).toMatchObject({ code: 14 });
  });

  test("of a client that did not come about is about credentials, and keeps their request out of reach", () => {
    const request = { config: { headers: { authorization: "secret" } } };
    const missing = notOpened(Object.assign(new Error("Could not load the default credentials. Browse to"), request));
    expect(missing).toMatchObject({ code: "UNAUTHENTICATED", outcome: "none" });
    expect(missing.cause).toEqual(new Error("Could not load the default credentials. Browse to"));
    expect(notOpened(new Error("bad key file"))).toMatchObject({ code: "UNAUTHENTICATED" });
    const unreached = Object.assign(new Error("network timeout at: http://169.254.169.254/"), { code: "ETIMEDOUT" });
    for (const cause of [unreached, Object.assign(new Error("no word of it"), { code: "ECONNREFUSED" })]) {
      expect(notOpened(cause)).toMatchObject({ code: "UNAVAILABLE", outcome: "none", retryable: true });
    }
  });
});

describe("half-done work", () => {
  test("is outcome done with the key's id and the vendor's error as cause", () => {
    const cause = vendor(8);
    expect(halfDone(cause, "rotateKey", key, "what")).toMatchObject({
      code: "THROTTLED",
      outcome: "done",
      keyId: key,
      retryable: false,
      cause,
    });
  });

  test("keeps the code of a KmsError", () => {
    const cause = new KmsError("TAMPERED", "x", { outcome: "none" });
    expect(halfDone(cause, "disableKey", key, "what")).toMatchObject({ code: "TAMPERED", outcome: "done", keyId: key });
    expect(codeOf(cause, "disableKey")).toBe("TAMPERED");
  });
});

test("an answer without a member that it must have is UNKNOWN and may have happened", async () => {
  expect(present(0, "n")).toBe(0);
  for (const missing of [undefined, null]) {
    const error = await refusal((async () => present(missing, "name"))());
    expect(error).toMatchObject({ code: "UNKNOWN", outcome: "unknown" });
  }
});

test("durations and dates are milliseconds, or none", () => {
  expect(durationMs({ seconds: "3", nanos: 7_999_999 })).toBe(3007);
  expect(durationMs({})).toBe(0);
  for (const none of [undefined, null, { seconds: "x" }]) expect(durationMs(none)).toBeUndefined();
});
