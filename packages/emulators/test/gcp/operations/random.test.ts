import { describe, expect, it } from "vitest";
import { crc32c } from "../../../src/gcp/checksums.ts";
import { bytesOf, codeOf, ONCE, start } from "../setup.ts";

describe("GenerateRandomBytes", () => {
  it.each([8, 32, 1024])("gives %i bytes with their checksum", async (lengthBytes) => {
    const { client, location } = await start();
    const request = { location, lengthBytes, protectionLevel: "HSM" } as const;
    const [[first], [second]] = await Promise.all([
      client.generateRandomBytes(request, ONCE),
      client.generateRandomBytes(request, ONCE),
    ]);
    expect(bytesOf(first.data)).toHaveLength(lengthBytes);
    expect(first.dataCrc32c?.value).toBe(String(crc32c(bytesOf(first.data))));
    expect(bytesOf(second.data).equals(bytesOf(first.data))).toBe(false);
  });

  it.each([
    [7, "HSM", "INVALID_ARGUMENT"],
    [1025, "HSM", "INVALID_ARGUMENT"],
    [32, "SOFTWARE", "UNIMPLEMENTED"],
    [32, "PROTECTION_LEVEL_UNSPECIFIED", "UNIMPLEMENTED"],
  ] as const)("refuses %i bytes of %s", async (lengthBytes, protectionLevel, code) => {
    const { client, location } = await start();
    expect(await codeOf(client.generateRandomBytes({ location, lengthBytes, protectionLevel }, ONCE))).toBe(code);
  });

  it("refuses a malformed location", async () => {
    const { client } = await start();
    const request = { location: "malformed location", lengthBytes: 32, protectionLevel: "HSM" } as const;
    expect(await codeOf(client.generateRandomBytes(request, ONCE))).toBe("INVALID_ARGUMENT");
  });
});
