import { inspect } from "node:util";
import { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import { startAzureEmulator, type AzureFault } from "@kms/emulators/azure";
import { describe, expect, test } from "vitest";
import { azureKms, type AzureClients } from "../src/index.ts";
import { bytes, call, complete, context, endWithTest, freshName, keyOf, rejection } from "./setup.ts";

const plaintext = "canary-in-the-plaintext";

/** Everything that can be reached from an error, hidden members too, whatever it says of itself when it is printed. */
const everything = (cause: unknown): string =>
  inspect(cause, { depth: Infinity, showHidden: true, maxStringLength: null, customInspect: false });

describe("no error leads to plaintext or credentials", () => {
  const faults: readonly AzureFault[] = [
    "throttle",
    "unavailable",
    "bad-gateway",
    "expired-token",
    "insufficient-claims",
    "reset",
    "answer-lost",
    "corrupted-body",
    { status: 400, code: "BadParameter" },
    { status: 403, code: "Forbidden", inner: "ForbiddenByRbac" },
    { status: 409, code: "Conflict" },
  ];

  test.each(faults)("%j", async (fault) => {
    const emulator = await startAzureEmulator({ flavour: "managed-hsm" });
    endWithTest(() => emulator.close());
    const tokens = new Set<string>();
    const credential: typeof emulator.credential = {
      getToken: async (...given) => {
        const token = await emulator.credential.getToken(...given);
        tokens.add(token.token);
        return token;
      },
    };
    const options = () => ({ ...emulator.clientOptions, retryOptions: { maxRetries: 0 } });
    const client: AzureClients = {
      keys: new KeyClient(emulator.vaultUrl, credential, options()),
      cryptography: (key) => new CryptographyClient(key, credential, options()),
    };
    const tier = "managed-hsm";
    const driver = complete(azureKms({ client, tier }), tier);
    const here = { emulator, tier, client, keys: client.keys, driver } as const;
    const [key, kwp] = [await keyOf(here, "AES-256-GCM"), await keyOf(here, "AES-256-KWP")];
    const made = await driver.encrypt(key, bytes(plaintext), context(), call());
    const wrapped = await driver.wrapKey(kwp, bytes(plaintext), call());
    const dataKey = await driver.wrapDataKey(key, bytes(plaintext), context(), call());
    emulator.faults.always(fault);
    const attempts = [
      () => driver.encrypt(key, bytes(plaintext), context(), call()),
      () => driver.decrypt(key, made.bytes, context(), call()),
      () => driver.wrapKey(kwp, bytes(plaintext), call()),
      () => driver.unwrapKey(kwp, wrapped.bytes, call()),
      () => driver.wrapDataKey(key, bytes(plaintext), context(), call()),
      () => driver.unwrapDataKey(key, dataKey.encrypted, context(), call()),
      () => driver.createKey({ algorithm: "AES-256-GCM", name: freshName() }, call()),
      () => driver.rotate(key, call()),
    ];
    const secrets = [
      plaintext,
      Buffer.from(plaintext).toString("base64url"),
      Buffer.from(plaintext).toString("hex"),
      // as inspect shows bytes
      [...Buffer.from(plaintext)]
        .slice(0, 12)
        .map((byte) => byte.toString(16))
        .join(" "),
      [...Buffer.from(plaintext)].slice(0, 6).join(", "),
      ...tokens,
    ];
    expect(tokens.size).toBeGreaterThan(0);
    let failed = 0;
    for (const attempt of attempts) {
      const shown = everything(await rejection(attempt()).catch(() => (failed -= 1)));
      failed += 1;
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
    expect(failed).toBe(attempts.length);
  });
});
