import { KmsError, type KmsErrorCode, type Operation } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { classify, codeOf, explained, halfDone, noToken, present, unchanged, type Answered } from "../src/errors.ts";
import { refusal } from "./setup.ts";

/** An error as the SDK throws it for an answer of Azure's. */
const answered = (statusCode: number, code: string | undefined, inner?: string, message = ""): Error =>
  Object.assign(new Error(message), {
    name: "RestError",
    statusCode,
    code,
    details: { error: code === undefined ? undefined : { code, innerError: inner && { code: inner } } },
  });
const vendor = (more: object, message = ""): Error => Object.assign(new Error(message), { name: "RestError", ...more });
const last = (status: number, headers: Readonly<Record<string, string>> = {}): Answered => ({
  status,
  headers: { get: (name) => headers[name] },
});
const open = new AbortController().signal;
const id = "https://contoso.vault.azure.net/keys/k";

describe("classify goes by status and code", () => {
  test.each([
    [400, "BadParameter", "INVALID_ARGUMENT", "none"],
    [400, "NotSupported", "UNSUPPORTED", "none"],
    [401, "Unauthorized", "UNAUTHENTICATED", "none"],
    [401, undefined, "UNAUTHENTICATED", "none"],
    [403, "Forbidden", "PERMISSION_DENIED", "none"],
    [404, "KeyNotFound", "NOT_FOUND", "none"],
    [408, "RequestTimeout", "UNAVAILABLE", "unknown"],
    [409, "Conflict", "CONFLICT", "none"],
    [429, "Throttled", "THROTTLED", "none"],
    [429, undefined, "THROTTLED", "none"],
    [500, "InternalServerError", "UNAVAILABLE", "unknown"],
    [501, "EmulatorNotImplemented", "UNSUPPORTED", "none"],
    [503, "ServiceUnavailable", "UNAVAILABLE", "unknown"],
    [502, undefined, "UNAVAILABLE", "unknown"],
    // Without a code it is no answer of Azure's: a proxy's page, say.
    [400, undefined, "UNAVAILABLE", "unknown"],
    [403, undefined, "UNAVAILABLE", "unknown"],
    [404, undefined, "UNAVAILABLE", "unknown"],
    [418, "Teapot", "UNKNOWN", "unknown"],
  ] as const)("%d %s is %s, outcome %s", (status, name, code, outcome) => {
    expect(classify(answered(status, name), "disableKey")).toMatchObject({ code, outcome });
  });

  test("and out of what opens bytes a refused argument is bytes that do not open", () => {
    for (const operation of ["decrypt", "unwrapKey", "unwrapDataKey"] as const) {
      expect(classify(answered(400, "BadParameter"), operation).code).toBe("DECRYPTION_FAILED");
    }
    for (const operation of ["encrypt", "generateKey", "verify"] as const) {
      expect(classify(answered(400, "BadParameter"), operation).code).toBe("INVALID_ARGUMENT");
    }
  });

  test.each([
    new Error("x"),
    {},
    { code: {}, message: 8, statusCode: "404", details: "x" },
    vendor({ code: "__proto__" }),
    vendor({ statusCode: 418, code: "constructor", details: { error: { innerError: { code: "toString" } } } }),
    undefined,
    null,
    "text",
  ])("what it does not know is UNKNOWN and may have happened (case %#)", (cause) => {
    expect(classify(cause, "encrypt")).toMatchObject({ code: "UNKNOWN", outcome: "unknown" });
  });
});

describe("the inner code and the words say more", () => {
  test.each([
    [403, "KeyDisabled", "", "sign", "INVALID_STATE", "disabled"],
    [403, "KeyNotYetValid", "", "sign", "INVALID_STATE", "pending"],
    [403, "KeyExpired", "", "sign", "INVALID_STATE", "process-only"],
    [403, undefined, "Operation sign is not allowed on a disabled key.", "sign", "INVALID_STATE", "disabled"],
    [
      403,
      undefined,
      "Operation sign is not allowed on a key that is not yet valid.",
      "sign",
      "INVALID_STATE",
      "pending",
    ],
    [403, undefined, "Operation sign is not allowed on an expired key.", "sign", "INVALID_STATE", "process-only"],
    [403, "KeyOperationForbidden", "", "sign", "INVALID_STATE", "process-only"],
    [403, "KeyOperationForbidden", "", "encrypt", "INVALID_STATE", "process-only"],
    [403, "KeyOperationForbidden", "", "decrypt", "UNSUPPORTED", undefined],
    [403, "ForbiddenByRbac", "", "sign", "PERMISSION_DENIED", undefined],
    [403, "AccessDenied", "", "sign", "PERMISSION_DENIED", undefined],
    [403, "ForbiddenByPolicy", "", "sign", "PERMISSION_DENIED", undefined],
    [403, "ForbiddenByFirewall", "", "sign", "PERMISSION_DENIED", undefined],
    [403, "ForbiddenByConnection", "", "sign", "PERMISSION_DENIED", undefined],
    [409, "ObjectIsDeletedButRecoverable", "", "generateKey", "ALREADY_EXISTS", undefined],
    [409, "ObjectIsBeingDeleted", "", "generateKey", "ALREADY_EXISTS", undefined],
    [409, "ObjectIsBeingRecovered", "", "enableKey", "INVALID_STATE", "destruction-scheduled"],
  ] as const satisfies readonly (readonly [number, string | undefined, string, Operation, KmsErrorCode, unknown])[])(
    "%d %s %j out of %s is %s, %s",
    (...row) => {
      const [status, inner, message, operation, code, state] = row;
      const found = classify(answered(status, "Forbidden", inner, message), operation);
      expect(found).toMatchObject({ code, outcome: "none" });
      expect(found.state).toBe(state);
    },
  );

  test("which right is missing, by data action or by verb, and nothing that is none", () => {
    const named = (message: string, status = 403) =>
      classify(answered(status, "Forbidden", "AccessDenied", message), "sign").permission;
    const action = "Microsoft.KeyVault/vaults/keys/sign/action";
    expect(named(`Caller is not authorized.\r\nAction: '${action}'\r\nResource: '/x'`)).toBe(action);
    expect(named(`User is not authorized to perform '${action}' on '/keys/k'.`)).toBe(action);
    expect(named("The user 'x' does not have keys unwrapKey permission on key vault 'v'.")).toBe("unwrapKey");
    expect(named(`Not authorized to access ${action} on /keys/k (Activity ID: 1)`)).toBe(action);
    expect(named("no")).toBeUndefined();
    expect(named("Action: 'drop table'")).toBeUndefined();
    expect(classify(answered(404, "KeyNotFound", undefined, `'${action}'`), "sign").permission).toBeUndefined();
  });
});

describe("without an answer, the system and the SDK say what it was", () => {
  test.each<[object, string, KmsErrorCode, "none" | "unknown"]>([
    [{ code: "ENOTFOUND" }, "", "UNAVAILABLE", "none"],
    [{ code: "ECONNREFUSED" }, "", "UNAVAILABLE", "none"],
    [{ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }, "", "UNAVAILABLE", "none"],
    [{ code: "EPROTO" }, "", "UNAVAILABLE", "unknown"],
    [{ code: "ERR_SSL_PACKET_LENGTH_TOO_LONG" }, "", "UNAVAILABLE", "unknown"],
    [{ code: "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR" }, "", "UNAVAILABLE", "unknown"],
    [{ code: "HPE_INVALID_HEADER_TOKEN" }, "", "UNAVAILABLE", "unknown"],
    [{ code: "CERT_REVOKED" }, "", "UNAVAILABLE", "none"],
    [{ code: "HPE_INVALID_CONSTANT", statusCode: 404 }, "", "UNAVAILABLE", "unknown"],
    [{ code: "EHOSTUNREACH" }, "connect EHOSTUNREACH 192.0.2.1:443", "UNAVAILABLE", "none"],
    [{ code: "ETIMEDOUT" }, "", "UNAVAILABLE", "none"],
    [{ code: "EHOSTUNREACH" }, "read EHOSTUNREACH", "UNAVAILABLE", "unknown"],
    [{ code: "ETIMEDOUT" }, "read ETIMEDOUT", "UNAVAILABLE", "unknown"],
    [{ code: "ECONNRESET" }, "", "UNAVAILABLE", "unknown"],
    [{ code: "REQUEST_SEND_ERROR" }, "", "UNAVAILABLE", "unknown"],
    [{ code: "PARSE_ERROR" }, "", "UNAVAILABLE", "unknown"],
    [{ name: "Error" }, "The challenge resource 'x' does not match the requested domain.", "UNAUTHENTICATED", "none"],
    [{ name: "Error" }, "The challenge origin 'x' does not match the requested domain.", "UNAUTHENTICATED", "none"],
    [{ name: "Error" }, "The request URL must use HTTPS.", "UNAUTHENTICATED", "none"],
    [{ name: "AuthenticationError" }, "AADSTS", "UNAUTHENTICATED", "none"],
    [{ name: "CredentialUnavailableError" }, "", "UNAUTHENTICATED", "none"],
    [{ code: "ECONNRESET" }, "connect ECONNRESET 10.0.0.1:443", "UNAVAILABLE", "none"],
    [{ name: "AggregateAuthenticationError" }, "", "UNAUTHENTICATED", "none"],
  ])("%j %s", (more, message, code, outcome) => {
    expect(classify(vendor(more, message), "disableKey")).toMatchObject({ code, outcome });
  });
});

describe("an error as it leaves the connection", () => {
  test("leads neither to the request nor to the answer, and keeps what it said", () => {
    const secret = { request: { body: "plaintext", headers: { authorization: "Bearer token" } }, response: {} };
    const cause = Object.assign(answered(404, "KeyNotFound", undefined, "no such key"), secret);
    const error = explained(cause, last(404, { "x-ms-request-id": "r" }), open);
    expect(error).toMatchObject({ name: "RestError", statusCode: 404, code: "KeyNotFound", message: "no such key" });
    expect(error).not.toHaveProperty("request");
    expect(error).not.toHaveProperty("response");
    expect(classify(error, "sign")).toMatchObject({ code: "NOT_FOUND", requestId: "r" });
  });

  test("keeps the codes and words of a refusal, and nothing else of its body", () => {
    const echo = { authorization: "Bearer token", value: "plaintext" };
    const body = { error: { code: "Forbidden", message: "m", innerError: { code: "KeyDisabled", ...echo }, ...echo } };
    const error = explained(
      vendor({ statusCode: 403, code: "Forbidden", details: { ...body, ...echo } }),
      last(403),
      open,
    );
    expect(JSON.stringify(error)).not.toMatch(/token|plaintext/);
    expect(classify(error, "sign")).toMatchObject({ code: "INVALID_STATE", state: "disabled" });
    const page = vendor({ statusCode: 404, code: "KeyNotFound", details: { ...echo } });
    expect(JSON.stringify(explained(page, last(404), open))).not.toMatch(/token|plaintext/);
  });

  test("says what to do where the guard's words for a code cannot, with the stripped error as cause", () => {
    const error = explained(answered(403, "Forbidden", "ForbiddenByFirewall"), last(403), open) as KmsError;
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", cause: { statusCode: 403 } });
    expect(error.message).toContain("firewall");
  });

  test("of a vault that public networks do not reach says to go through its private endpoint", () => {
    const error = explained(answered(403, "Forbidden", "ForbiddenByConnection"), last(403), open) as KmsError;
    expect(error).toMatchObject({ code: "PERMISSION_DENIED", outcome: "none", cause: { statusCode: 403 } });
    expect(error.message).toContain("private endpoint");
  });

  test("that could not be read is no answer of Azure's, and what it said is left out", () => {
    const parse = vendor({ code: "PARSE_ERROR", statusCode: 200 }, 'parsing the response body - {"value":"c2VjcmV0"');
    const stumbled = new TypeError("Cannot read properties of undefined (reading 'kid')");
    for (const [cause, status] of [
      [parse, 200],
      [stumbled, 200],
    ] as const) {
      const error = explained(cause, last(status), open) as KmsError;
      expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
      expect(String(error.cause)).not.toContain("c2VjcmV0");
    }
    // The SDK stumbles over refusals without a body; the status is known all the same.
    expect(classify(explained(stumbled, last(429), open), "sign").code).toBe("THROTTLED");
  });

  test("of an abort is a cancellation only where the call was cancelled", () => {
    const abort = Object.assign(new Error("The operation was aborted."), { name: "AbortError" });
    expect(explained(abort, undefined, open)).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
    expect(explained(abort, undefined, AbortSignal.abort())).toMatchObject({ code: "CANCELLED" });
    expect(classify(abort, "sign")).toMatchObject({ code: "CANCELLED", outcome: "unknown" });
  });

  test("that is ours already stays as it is", () => {
    const ours = new KmsError("TAMPERED", "x");
    expect(explained(ours, undefined, open)).toBe(ours);
  });

  test.each([
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after-ms": "250" }, 250],
    [{ "x-ms-retry-after-ms": "350" }, 350],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:07 GMT", date: "Thu, 01 Jan 2026 00:00:00 GMT" }, 7_000],
    [{ "retry-after": "Thu, 01 Jan 2026 00:00:00 GMT", date: "Thu, 01 Jan 2026 00:00:07 GMT" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-1" }, undefined],
    [{}, undefined],
  ])("tells how long to wait: %j is %s ms", (headers, wait) => {
    const error = explained(answered(429, "Throttled"), last(429, headers), open);
    expect(classify(error, "sign").retryAfterMs).toBe(wait);
  });
});

describe("half-done and undone work", () => {
  test("is outcome done with the key's id and the vendor's error as cause", () => {
    const cause = answered(429, "Throttled");
    expect(halfDone(cause, "rotateKey", id, "what")).toMatchObject({
      code: "THROTTLED",
      outcome: "done",
      keyId: id,
      retryable: false,
      cause,
    });
    const ours = new KmsError("TAMPERED", "x", { outcome: "none" });
    expect(halfDone(ours, "disableKey", id, "what")).toMatchObject({ code: "TAMPERED", outcome: "done" });
    expect(codeOf(ours, "disableKey")).toBe("TAMPERED");
  });

  test("is outcome none where only reading failed, whatever that left open", () => {
    expect(unchanged(answered(503, "ServiceUnavailable"))).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
    expect(unchanged(new KmsError("UNAVAILABLE", "x", { outcome: "unknown" }))).toMatchObject({ outcome: "none" });
    const denied = answered(403, "Forbidden", "ForbiddenByRbac");
    expect(unchanged(denied)).toBe(denied);
  });
});

test("a credential's failure keeps its words alone", () => {
  expect(noToken(Object.assign(new Error("AADSTS1"), { secret: 1 })).cause).toEqual(new Error("AADSTS1"));
  expect(noToken("text").code).toBe("UNAUTHENTICATED");
});

test("an answer without a member that it must have is no answer of Azure's", async () => {
  expect(present(0, "n")).toBe(0);
  for (const missing of [undefined, null]) {
    const error = await refusal((async () => present(missing, "kid"))());
    expect(error).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
    expect(error.message).toContain("kid");
  }
});
