import { describe, expect, it } from "vitest";
import { crc32c } from "../../src/gcp/checksums.ts";
import { bytes } from "./setup.ts";

// RFC 3720 appendix B.4 gives the bytes of each checksum in the order of the wire, least significant first.
const VECTORS: readonly (readonly [string, Uint8Array, number])[] = [
  ["32 bytes of zeroes", new Uint8Array(32), 0x8a9136aa],
  ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["32 bytes counting up", Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
  ["32 bytes counting down", Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
  ["the check value of CRC catalogues", bytes("123456789"), 0xe3069283],
  ["nothing", new Uint8Array(), 0],
];

describe("crc32c", () => {
  it.each(VECTORS)("gives the published checksum of %s", (_, input, expected) => {
    expect(crc32c(input)).toBe(expected);
  });
});
