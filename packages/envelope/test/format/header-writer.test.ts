import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { headerBytes, writeHeader, type HeaderContent } from "../../src/format/header-writer.ts";
import { parseHeader } from "../../src/format/header.ts";
import { readLimits } from "../../src/format/limits.ts";
import { bytes } from "../setup.ts";

const wrapped = { providerId: "kms", providerInfo: bytes("key"), ciphertext: bytes("ciphertext") };
const content = (providerId: string): HeaderContent => ({
  suite: 0x0478,
  stored: new Uint8Array(0),
  encryptedDataKeys: [{ ...wrapped, providerId }, wrapped],
  frameBytes: 4_096,
});

test.each(["provider", "Anbieter für Schlüssel", "𝔎𝔐𝔖"])(
  "the provider %s stands in the header of a message of more than 2 GiB",
  (providerId) => {
    // Memory that nothing is written to is taken from the system by name alone.
    const message = Buffer.allocUnsafeSlow(2 ** 31 + 4_096);
    writeHeader(message, content(providerId));
    const header = parseHeader(message.subarray(0, headerBytes(content(providerId))), readLimits(undefined));
    expect(typeof header === "number" ? [] : header.encryptedDataKeys.map((key) => key.providerId)).toEqual([
      providerId,
      "kms",
    ]);
  },
);

test("a provider with a name of more than 65,535 bytes is refused", () => {
  const long = content("x".repeat(65_536));
  expect(() => writeHeader(Buffer.alloc(headerBytes(long)), long)).toThrow("65536");
});
