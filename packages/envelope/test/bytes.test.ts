import { expect, test } from "vitest";
import { joined } from "../src/bytes.ts";

test("parts that are copied into one are overwritten, and a single one that fills its memory is not copied", () => {
  const parts = [Uint8Array.of(1, 2), Uint8Array.of(3)];
  expect(joined(parts)).toEqual(Uint8Array.of(1, 2, 3));
  expect(parts).toEqual([new Uint8Array(2), new Uint8Array(1)]);

  const alone = Uint8Array.of(4, 5);
  expect(joined([alone]).buffer).toBe(alone.buffer);

  const within = Uint8Array.of(9, 6, 7, 9).subarray(1, 3);
  const copied = joined([within]);
  expect([copied, copied.buffer.byteLength, within]).toEqual([Uint8Array.of(6, 7), 2, new Uint8Array(2)]);
});
