import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decrypt, encrypt, rawAesRecipient } from "../src/index.ts";
import { openIndependently } from "./independent.ts";
import { flipped, text } from "./setup.ts";

const key = randomBytes(32);
const recipient = rawAesRecipient("space", "key", key);

describe("what is written is the format, to a reader that shares nothing with the writer", () => {
  test.each([0x0478, 0x0578] as const)("in suite %d, for every size of plaintext and frame", async (suite) => {
    const cases = fc.record({
      plaintext: fc.uint8Array({ maxLength: 120 }),
      frameBytes: fc.integer({ min: 1, max: 130 }),
      entries: fc.dictionary(
        fc.string({ minLength: 1, maxLength: 8, unit: "binary" }),
        fc.string({ maxLength: 8, unit: "binary" }),
        { maxKeys: 4 },
      ),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ plaintext, frameBytes, entries }) => {
        fc.pre(Object.keys(entries).every((name) => !/^(?:__proto__$|kms-|aws:|aws-crypto-)/.test(name)));
        const message = await encrypt(recipient, plaintext, entries, { suite, frameBytes });
        expect(openIndependently(message, key).equals(plaintext)).toBe(true);
      }),
      { numRuns: suite === 0x0478 ? 100 : 15 },
    );
  });

  test("which notices what is wrong", async () => {
    const message = await encrypt(recipient, randomBytes(50), { tenant: "42" }, { suite: 0x0578, frameBytes: 20 });
    for (const at of [3, 60, message.length - 300, message.length - 120, message.length - 1]) {
      expect(() => openIndependently(flipped(message, at), key)).toThrow(Error);
    }
  });
});

describe("messages of the first release", () => {
  const fixed = rawAesRecipient(
    "golden",
    "2026-11",
    new Uint8Array(32).map((_, index) => index),
  );
  const golden = {
    "0x0478":
      "AgR4N6iqO7DtJdHq6l6eB0JmATH1cmB2KO6Srbybx1Oe/34AHwADAAZ0ZW5hbnQAAjQyAAPvv70AAWEABPCQgIAAAWIAAQAGZ29sZGVuABsyMDI2LTExAAAAgAAAAAyBdYgX4Upi8oAvUlAAMEN8kSyfbtg44aesZWyueUhB1T5Tnf9FLfngzBGf0hB9Rrw9jGOCJv8iDapZhy6fGQIAAAAIbplZki0sJLTe/4+WV3eBtGypapmjO7gM799kRl4qREChjbR4/quqpi/ddcG6o7JZAAAAAQAAAAAAAAAAAAAAAW56s+D2rJ9BJQ2kVj7/GXhDwChCkKPHEAAAAAIAAAAAAAAAAAAAAAJbcGtqRfB6pNex9NIgi3oPPZJ/n+0bUOj/////AAAAAwAAAAAAAAAAAAAAAwAAAAGSoFejbLdpN6/gT7/NfiO+CA==",
    "0x0578":
      "AgV4gmDGQp/D073MRAfTqa0HAxAM89FxDez4uf1w2y5AqQoAfAAEABVhd3MtY3J5cHRvLXB1YmxpYy1rZXkAREF2aHpTZXlGbTBvLzlHVTlEeVBRbFdFZjlCL1YxdnpKR3JEV0dMYlU2YnBVamlzNVk0ajBWU0N6bG9DVDRDcUYrUT09AAZ0ZW5hbnQAAjQyAAPvv70AAWEABPCQgIAAAWIAAQAGZ29sZGVuABsyMDI2LTExAAAAgAAAAAwZDz/yRdib2XlTAgAAMMl6cK4s/FS2fEAyMoK4gHhNPBuCM+1nQUyNgyhwbzhAFJntwMzFfR3aAUL/0kiucgIAAAAI+aFexdGoIy2W3hjwBVEetUZrQStNT8spiCrou6lhkppuhO2wfxd32SmO97pzP8cVAAAAAQAAAAAAAAAAAAAAAb2g6OmZzylfHl0yHlZiNhjy4XkVY0mgNAAAAAIAAAAAAAAAAAAAAAKko0K248lxw42+pXteQyhvAuKLgexvnkr/////AAAAAwAAAAAAAAAAAAAAAwAAAAEh/SwSdeBaDJKg2Bgdk66d/ABoMGYCMQDmZOpbCbpy96kxchPykoIMrGKbhrAswAeJGJPJlG1xV3ndIOJbw2Oomhli1GGbRBoCMQD5bNjbTpsXLZAG54wN4J7A5eh92GBd/zO4k0OydK9QJNHUjHsE6DPYtfAVXAeGj5c=",
  };

  test.each(Object.entries(golden))("in suite %s open for ever", async (_suite, encoded) => {
    const { plaintext, associatedData } = await decrypt(fixed, Buffer.from(encoded, "base64"), { tenant: "42" });
    expect(text(plaintext)).toBe("40 propeller hubs");
    expect({ ...associatedData }).toEqual({ tenant: "42", "\uFFFD": "a", "\u{10000}": "b" });
  });
});
