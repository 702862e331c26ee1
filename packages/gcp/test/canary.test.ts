import { inspect } from "node:util";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import type { GcpFault } from "@kms/emulators/gcp";
import { describe, expect, test } from "vitest";
import { gcpKms } from "../src/index.ts";
import { bytes, call, complete, context, endWithTest, freshName, keyOf, makeRing, rejection } from "./setup.ts";
import { startGcpEmulator } from "@kms/emulators/gcp";

const plaintext = "canary-in-the-plaintext";
const accessToken = "canary-in-the-access-token";

/** Everything that can be reached from an error, hidden members too. */
const everything = (cause: unknown): string =>
  inspect(cause, { depth: Infinity, showHidden: true, maxStringLength: null });

const secrets = [
  plaintext,
  Buffer.from(plaintext).toString("base64"),
  Buffer.from(plaintext).toString("hex"),
  // as inspect shows bytes
  [...Buffer.from(plaintext)]
    .slice(0, 12)
    .map((byte) => byte.toString(16))
    .join(" "),
  [...Buffer.from(plaintext)].slice(0, 6).join(", "),
  accessToken,
];

describe("no error leads to plaintext or credentials", () => {
  const faults: readonly GcpFault[] = [
    "throttle",
    "reset",
    "answer-lost",
    "expired-token",
    "checksums-lost",
    { error: "PERMISSION_DENIED" },
    { error: "DEADLINE_EXCEEDED" },
    { flipBit: "plaintextCrc32c.value" },
    { flipBit: "plaintext" },
  ];

  test.each(faults)("%j", async (fault) => {
    const emulator = await startGcpEmulator({ accessToken });
    endWithTest(() => emulator.close());
    const client = new KeyManagementServiceClient(emulator.clientConfiguration);
    endWithTest(() => client.close());
    const keyRing = await makeRing(client, emulator);
    const driver = complete(gcpKms({ client, keyRing }));
    const here = { emulator, client, keyRing, driver };
    const [key, mac] = [await keyOf(here, "AES-256-GCM"), await keyOf(here, "HMAC-SHA256")];
    const made = await driver.encrypt(key, bytes(plaintext), context(), call());
    emulator.faults.always(fault);
    const attempts = [
      () => driver.encrypt(key, bytes(plaintext), context(), call()),
      () => driver.decrypt(key, made.bytes, context(), call()),
      () => driver.wrapDataKey(key, bytes(plaintext), context(), call()),
      () => driver.generateMac(mac, bytes(plaintext), call()),
      () => driver.createKey({ algorithm: "AES-256-GCM", name: freshName() }, call()),
      () => driver.rotate(key, call()),
    ];
    let failed = 0;
    for (const attempt of attempts) {
      const shown = everything(await rejection(attempt()).catch(() => (failed -= 1)));
      failed += 1;
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
    expect(failed).toBeGreaterThan(0);
  });
});
