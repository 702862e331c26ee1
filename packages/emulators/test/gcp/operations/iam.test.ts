import { describe, expect, it } from "vitest";
import { askPermissions, codeOf, createKey, start, startAlone } from "../setup.ts";

const USE = ["cloudkms.cryptoKeyVersions.useToEncrypt", "cloudkms.cryptoKeyVersions.useToDecrypt"];

describe("TestIamPermissions", () => {
  it("answers those that the policy allows, on a key and on a ring", async () => {
    const started = await startAlone();
    const name = await createKey(started);
    started.emulator.permissions.deny("cloudkms.cryptoKeyVersions.useToDecrypt");
    const asked = [...USE, "cloudkms.cryptoKeys.setIamPolicy"];
    for (const resource of [name, started.ring]) {
      const permissions = await askPermissions(started.client, resource, asked);
      expect(permissions).toEqual([USE[0]]);
    }
  });

  it("answers none for what does not exist", async () => {
    const { client, ring } = await start();
    for (const resource of [`${ring}-2`, `${ring}/cryptoKeys/none`, `${ring}-2/cryptoKeys/none`]) {
      const permissions = await askPermissions(client, resource, USE);
      expect(permissions).toEqual([]);
    }
  });

  it("refuses wildcards and names that are none", async () => {
    const { client, ring } = await start();
    const ask = (resource: string, permission: string) => codeOf(askPermissions(client, resource, [permission]));
    expect(await ask(ring, "cloudkms.*")).toBe("INVALID_ARGUMENT");
    expect(await ask("malformed name", "cloudkms.keyRings.get")).toBe("INVALID_ARGUMENT");
  });

  it("needs no permission itself", async () => {
    const { emulator, client, ring } = await startAlone();
    emulator.permissions.allowOnly([]);
    const permissions = await askPermissions(client, ring, USE);
    expect(permissions).toEqual([]);
  });
});
