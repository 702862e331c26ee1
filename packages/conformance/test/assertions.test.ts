import { KmsError } from "@kms/core";
import { describe, expect, it } from "vitest";
import { CaseFailure, areSame, refuses } from "../src/assertions.ts";

describe("refuses", () => {
  it("answers the error of an expected code, thrown or rejected", async () => {
    const error = new KmsError("TAMPERED", "x");
    expect(
      await refuses(
        () => {
          throw error;
        },
        "TAMPERED",
        "work",
      ),
    ).toBe(error);
    expect(await refuses(() => Promise.reject(error), ["CLOSED", "TAMPERED"], "work")).toBe(error);
  });

  it("fails the case when the work is accepted", async () => {
    await expect(refuses(() => true, "TAMPERED", "work")).rejects.toBeInstanceOf(CaseFailure);
  });

  it("fails the case for another code", async () => {
    const work = (): Promise<never> => Promise.reject(new KmsError("CLOSED", "x"));
    await expect(refuses(work, "TAMPERED", "work")).rejects.toBeInstanceOf(CaseFailure);
  });

  it("fails the case for an error that is no KmsError", async () => {
    const work = (): Promise<never> => Promise.reject(new Error("TAMPERED"));
    await expect(refuses(work, "TAMPERED", "work")).rejects.toBeInstanceOf(CaseFailure);
  });
});

describe("areSame", () => {
  it("tells a changed byte, a missing one and one too many", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(areSame(bytes, Uint8Array.of(1, 2, 3))).toBe(true);
    expect(areSame(bytes, Uint8Array.of(1, 2, 4))).toBe(false);
    expect(areSame(bytes, bytes.subarray(1))).toBe(false);
    expect(areSame(bytes, Uint8Array.of(1, 2, 3, 0))).toBe(false);
  });
});
