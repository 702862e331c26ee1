import type { Kms } from "@kms/core";
import { describe, expect, test } from "vitest";
import { guarded, kmsOver } from "../guarded.ts";
import { bytes, nameIn, refusal, schemeOf, usePermissions } from "../setup.ts";

const algorithms = { standard: "RSA-OAEP-2048-SHA256", "managed-hsm": "AES-256-GCM" } as const;

/** The bytes with the last digit of a version's id changed, wherever the id stands in them. */
function otherVersion(given: Uint8Array, version: string): Uint8Array {
  const text = Buffer.from(given).toString("latin1");
  const other = version.slice(0, -1) + (version.endsWith("0") ? "1" : "0");
  expect(text).toContain(version);
  return Uint8Array.from(Buffer.from(text.replace(version, other), "latin1"));
}

describe.each(["standard", "managed-hsm"] as const)("a version that bytes made up, in %s", (flavour) => {
  test.each([true, false])(
    "is DECRYPTION_FAILED, for a ciphertext and a data key, may the key be looked at or not: %s",
    async (mayLook) => {
      const here = await guarded({ flavour });
      const owner: Kms = here.kms;
      const key = await owner.generateKey("azure", { algorithm: algorithms[flavour] });
      const version = (await owner.describeKey(key)).currentVersion ?? "";
      const token = await owner.sealHandle(key);
      const ciphertext = await owner.encrypt(key, bytes("m"));
      const { encrypted } = await owner.generateDataKey(key, 32);
      if (!mayLook) here.emulator.permissions.allowOnly(usePermissions(schemeOf(here)));
      const kms: Kms = kmsOver(here);
      const handle = await kms.openHandle(token);
      const altered = { ...encrypted, providerInfo: otherVersion(encrypted.providerInfo, version) };
      expect(await refusal(kms.unwrapDataKey(handle, altered))).toMatchObject({ code: "DECRYPTION_FAILED" });
      expect(await refusal(kms.decrypt(handle, otherVersion(ciphertext, version)))).toMatchObject({
        code: "DECRYPTION_FAILED",
      });
      await kms.unwrapDataKey(handle, encrypted);
    },
  );
});

test("a version that the handle pins and that is not there is told as what Azure says to whoever may not look", async () => {
  const here = await guarded({ flavour: "managed-hsm" });
  const owner: Kms = here.kms;
  const key = await owner.generateKey("azure", { algorithm: "AES-256-GCM" });
  const token = await owner.sealHandle(key);
  const { encrypted } = await owner.generateDataKey(key, 32);
  here.emulator.others.deleteKey(nameIn(key.keyId));
  here.emulator.permissions.allowOnly(usePermissions("managed-hsm"));
  const kms: Kms = kmsOver(here);
  expect(await refusal(kms.unwrapDataKey(await kms.openHandle(token), encrypted))).toMatchObject({ code: "NOT_FOUND" });
});
