import { describe, expect, test } from "vitest";
import { KmsError } from "@kms/core/driver";
import { classify, halfDone, present } from "../src/errors.ts";
import { refusal } from "./setup.ts";

const vendor = (name: string, message = "", more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });
const arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

describe("classify goes by the error's name", () => {
  test.each([
    ["NotFoundException", "NOT_FOUND", "none"],
    ["AlreadyExistsException", "ALREADY_EXISTS", "none"],
    ["AccessDeniedException", "PERMISSION_DENIED", "none"],
    ["UnrecognizedClientException", "UNAUTHENTICATED", "none"],
    ["ExpiredTokenException", "UNAUTHENTICATED", "none"],
    ["InvalidSignatureException", "UNAUTHENTICATED", "none"],
    ["IncompleteSignatureException", "UNAUTHENTICATED", "none"],
    ["CredentialsProviderError", "UNAUTHENTICATED", "none"],
    ["DisabledException", "INVALID_STATE", "none"],
    ["KMSInvalidStateException", "INVALID_STATE", "none"],
    ["InvalidCiphertextException", "DECRYPTION_FAILED", "none"],
    ["IncorrectKeyException", "DECRYPTION_FAILED", "none"],
    ["InvalidArnException", "INVALID_ARGUMENT", "none"],
    ["InvalidKeyUsageException", "INVALID_ARGUMENT", "none"],
    ["ValidationException", "INVALID_ARGUMENT", "none"],
    ["InvalidGrantTokenException", "INVALID_ARGUMENT", "none"],
    ["MalformedHttpRequestException", "INVALID_ARGUMENT", "none"],
    ["RequestEntityTooLargeException", "TOO_LARGE", "none"],
    ["RequestAbortedException", "UNAVAILABLE", "unknown"],
    ["RequestTimeoutException", "UNAVAILABLE", "none"],
    ["TagException", "INVALID_ARGUMENT", "none"],
    ["UnsupportedOperationException", "UNSUPPORTED", "none"],
    ["UnknownOperationException", "UNSUPPORTED", "none"],
    ["ConflictException", "CONFLICT", "none"],
    ["ThrottlingException", "THROTTLED", "none"],
    ["LimitExceededException", "QUOTA_EXCEEDED", "none"],
    ["KeyUnavailableException", "UNAVAILABLE", "none"],
    ["KMSInternalException", "UNAVAILABLE", "unknown"],
    ["DependencyTimeoutException", "UNAVAILABLE", "unknown"],
    ["ServiceUnavailableException", "UNAVAILABLE", "unknown"],
    ["SyntaxError", "UNAVAILABLE", "unknown"],
    ["Unknown", "UNAVAILABLE", "unknown"],
    ["TimeoutError", "DEADLINE_EXCEEDED", "unknown"],
    ["AbortError", "CANCELLED", "unknown"],
  ])("%s is %s, outcome %s", (name, code, outcome) => {
    expect(classify(vendor(name), "encrypt")).toMatchObject({ code, outcome });
  });

  test("and never by its status", () => {
    for (const httpStatusCode of [400, 404, 429, 500, 503]) {
      const error = vendor("NotFoundException", "", { $metadata: { httpStatusCode } });
      expect(classify(error, "encrypt").code).toBe("NOT_FOUND");
    }
  });

  test.each([
    vendor("SomethingNewException"),
    vendor("__proto__"),
    vendor("constructor"),
    vendor("toString", "", { code: "hasOwnProperty" }),
    new Error("x"),
    {},
    { name: 7, message: 8, code: 9 },
    undefined,
    null,
    "text",
  ])("what it does not know is UNKNOWN and may have happened (case %#)", (cause) => {
    expect(classify(cause, "encrypt")).toMatchObject({ code: "UNKNOWN", outcome: "unknown" });
  });
});

describe("network errors", () => {
  test.each(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "CERT_REVOKED", "INVALID_CA"])(
    "%s means that nothing was asked",
    (code) => {
      expect(classify(vendor("Error", "", { code }), "disableKey")).toMatchObject({
        code: "UNAVAILABLE",
        outcome: "none",
      });
    },
  );

  test.each([
    "ECONNRESET",
    "EPIPE",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EPROTO",
    "ERR_SSL_WRONG_VERSION_NUMBER",
    "ERR_SSL_PACKET_LENGTH_TOO_LONG",
    "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
    "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
  ])("%s may have come after the work, also where the SDK names it TimeoutError", (code) => {
    expect(classify(vendor("TimeoutError", "", { code }), "disableKey")).toMatchObject({
      code: "UNAVAILABLE",
      outcome: "unknown",
    });
  });

  test.each([
    ["ETIMEDOUT", { syscall: "connect" }],
    ["ECONNRESET", { syscall: "connect" }],
    ["EHOSTUNREACH", { syscall: "connect" }],
    ["ENETUNREACH", { syscall: "connect" }],
    ["ETIMEDOUT", { errors: [vendor("Error", "connect ETIMEDOUT 192.0.2.1:443")] }],
  ] as const)("%s of an attempt to connect means that nothing was asked: %j", (code, more) => {
    const error = vendor("TimeoutError", "", { code, ...more });
    expect(classify(error, "disableKey")).toMatchObject({ code: "UNAVAILABLE", outcome: "none" });
  });

  test.each(["HPE_INVALID_CONSTANT", "HPE_INVALID_HEADER_TOKEN", "HPE_INVALID_CHUNK_SIZE", "HPE_HEADER_OVERFLOW"])(
    "%s, an answer that is no HTTP, may have come after the work",
    (code) => {
      expect(classify(vendor("Error", "", { code }), "disableKey")).toMatchObject({
        code: "UNAVAILABLE",
        outcome: "unknown",
      });
    },
  );

  test.each(["read", "write"])("a %s that the network gave up is no timeout of the call's", (syscall) => {
    const error = vendor("TimeoutError", `${syscall} ETIMEDOUT`, { code: "ETIMEDOUT", syscall });
    expect(classify(error, "disableKey")).toMatchObject({ code: "UNAVAILABLE", outcome: "unknown" });
  });

  test.each([
    [{ code: "UND_ERR_CONNECT_TIMEOUT" }, "none"],
    [{ code: "ECONNREFUSED", syscall: "connect" }, "none"],
    [{ code: "ECONNRESET", syscall: "read" }, "unknown"],
    [{ code: "UND_ERR_SOCKET" }, "unknown"],
    [{ code: "UND_ERR_HEADERS_TIMEOUT" }, "unknown"],
  ] as const)("fetch says by its cause why it failed: %j, outcome %s", (more, outcome) => {
    const failed = vendor("TypeError", "fetch failed", { cause: vendor("Error", "", more) });
    expect(classify(failed, "disableKey")).toMatchObject({ code: "UNAVAILABLE", outcome });
    const other = vendor("TypeError", "x", { cause: vendor("Error", "", more) });
    expect(classify(other, "disableKey")).toMatchObject({ code: "UNKNOWN", outcome: "unknown" });
  });

  test("a timeout is a timeout", () => {
    const error = vendor("TimeoutError", "", { code: "ETIMEDOUT" });
    expect(classify(error, "disableKey")).toMatchObject({ code: "DEADLINE_EXCEEDED", outcome: "unknown" });
  });
});

describe("the message says", () => {
  test.each([
    ["DisabledException", `${arn} is disabled.`, "disabled"],
    ["DisabledException", `${arn} is pending deletion.`, "destruction-scheduled"],
    ["DisabledException", "", "disabled"],
    ["KMSInvalidStateException", `${arn} is pending deletion.`, "destruction-scheduled"],
    ["KMSInvalidStateException", `${arn} is pending replica deletion.`, "destruction-scheduled"],
    ["KMSInvalidStateException", `${arn} is pending import.`, "pending"],
    ["KMSInvalidStateException", `${arn} is creating.`, "pending"],
    ["KMSInvalidStateException", `${arn} is unavailable.`, "unavailable"],
    ["KMSInvalidStateException", `${arn} is not pending deletion.`, undefined],
    ["KMSInvalidStateException", "", undefined],
    ["NotFoundException", `${arn} is disabled.`, undefined],
  ])("of %s, %j, the state %s", (name, message, state) => {
    expect(classify(vendor(name, message), "encrypt").state).toBe(state);
  });

  test("which permission is missing, where it does", () => {
    const message = `User: arn:aws:iam::111122223333:user/a is not authorized to perform: kms:Decrypt on resource: ${arn} because no identity-based policy allows the kms:Decrypt action`;
    expect(classify(vendor("AccessDeniedException", message), "decrypt").permission).toBe("kms:Decrypt");
    expect(classify(vendor("AccessDeniedException", "no"), "decrypt").permission).toBeUndefined();
    expect(classify(vendor("AccessDeniedException", "perform: s3:GetObject"), "decrypt").permission).toBeUndefined();
    expect(classify(vendor("NotFoundException", message), "decrypt").permission).toBeUndefined();
  });

  test("the request id is passed on", () => {
    expect(classify(vendor("NotFoundException", "", { $metadata: { requestId: "r" } }), "getKey").requestId).toBe("r");
  });
});

describe("half-done work", () => {
  test("is outcome done with the key's id and the vendor's error as cause", () => {
    const cause = vendor("ThrottlingException", "", { $metadata: { requestId: "r" } });
    expect(halfDone(cause, "generateKey", arn, "what")).toMatchObject({
      code: "THROTTLED",
      outcome: "done",
      keyId: arn,
      requestId: "r",
      retryable: false,
      cause,
    });
  });

  test("keeps the code of a KmsError", () => {
    const cause = new KmsError("TAMPERED", "x", { outcome: "none" });
    expect(halfDone(cause, "disableKey", arn, "what")).toMatchObject({ code: "TAMPERED", outcome: "done", keyId: arn });
  });
});

test("an answer without a member that it must have is UNKNOWN and may have happened", async () => {
  expect(present(0, "n")).toBe(0);
  const error = await refusal((async () => present(undefined, "KeyId"))());
  expect(error).toMatchObject({ code: "UNKNOWN", outcome: "unknown" });
});
