import { KmsError } from "@kms/core";
import { describe, expect, it } from "vitest";
import { messageSize, plaintextSize, refusal, refusalBySize, unlessNotTaken } from "../src/attempt.ts";

const fails = (code: "TAMPERED" | "TOO_LARGE") => (): Promise<never> => Promise.reject(new KmsError(code, "refused"));

describe("refusal", () => {
  it("is fine with the code that was expected", async () => {
    expect(await refusal("a", "TAMPERED", fails("TAMPERED"))).toMatchObject({ ok: true, found: "TAMPERED" });
  });

  it("is not fine with another code", async () => {
    expect(await refusal("a", "TAMPERED", fails("TOO_LARGE"))).toMatchObject({ ok: false, found: "TOO_LARGE" });
  });

  it("is not fine with an answer", async () => {
    expect(await refusal("a", "TAMPERED", async () => "opened")).toMatchObject({ ok: false, found: "accepted" });
  });

  it("tells a verdict of false from an error", async () => {
    expect((await refusal("a", "false", async () => false)).ok).toBe(true);
    expect((await refusal("a", "false", async () => true)).ok).toBe(false);
    expect((await refusal("a", "TAMPERED", async () => false)).ok).toBe(false);
  });

  it("throws on what is no error of the library", async () => {
    await expect(refusal("a", "TAMPERED", () => Promise.reject(new TypeError("a bug")))).rejects.toThrow(TypeError);
  });
});

describe("unlessNotTaken", () => {
  it("gives code and words of a refusal that was announced", async () => {
    expect(await unlessNotTaken("TOO_LARGE", fails("TOO_LARGE"))).toEqual({ code: "TOO_LARGE", message: "refused" });
  });

  it("throws a refusal that was not announced", async () => {
    await expect(unlessNotTaken(undefined, fails("TOO_LARGE"))).rejects.toMatchObject({ code: "TOO_LARGE" });
    await expect(unlessNotTaken("UNSUPPORTED", fails("TOO_LARGE"))).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("throws where a limit is announced and not kept", async () => {
    await expect(unlessNotTaken("TOO_LARGE", async () => 1)).rejects.toMatchObject({ code: "TAMPERED" });
  });
});

describe("refusalBySize", () => {
  const limits = { minimumPlaintextBytes: 1, maximumPlaintextBytes: 4096, maximumMessageBytes: 10 };

  it.each([
    [0, "UNSUPPORTED"],
    [1, undefined],
    [4096, undefined],
    [4097, "TOO_LARGE"],
  ])("answers for a plaintext of %i bytes: %s", (lengthBytes, code) => {
    expect(refusalBySize(plaintextSize(lengthBytes, limits))).toBe(code);
  });

  it("takes a message by the limits of messages", () => {
    expect(refusalBySize(messageSize(0, limits))).toBeUndefined();
    expect(refusalBySize(messageSize(11, limits))).toBe("TOO_LARGE");
  });
});
