import { describe, expect, test } from "vitest";
import { exactly, ownBytes } from "../src/client.ts";
import { refusal } from "./setup.ts";

describe("bytes of an answer", () => {
  test("that lie in shared memory are moved out, and what was there is overwritten", () => {
    const pool = new Uint8Array(8).fill(9);
    const own = ownBytes(pool.subarray(2, 5), "Plaintext");
    expect([...own]).toEqual([9, 9, 9]);
    expect(own.buffer.byteLength).toBe(3);
    expect([...pool]).toEqual([9, 9, 0, 0, 0, 9, 9, 9]);
  });

  test("in memory of their own stay where they are", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(ownBytes(bytes, "Plaintext")).toBe(bytes);
  });

  test("that are missing, or too few, are UNKNOWN", async () => {
    const attempts = [() => ownBytes(undefined, "Plaintext"), () => exactly(32, new Uint8Array(31))];
    for (const attempt of attempts) expect(await refusal((async () => attempt())())).toMatchObject({ code: "UNKNOWN" });
  });
});
