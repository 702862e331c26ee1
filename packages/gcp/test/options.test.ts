import type { Algorithm, KeyConf } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { checkConf, readOptions, type GcpOptions } from "../src/options.ts";
import { gcpKms } from "../src/index.ts";
import { refusal, stand } from "./setup.ts";

const keyRing = "projects/some-project/locations/global/keyRings/r";
const codeOf = async (work: () => unknown): Promise<string> => (await refusal((async () => work())())).code;

describe("options", () => {
  test("are copied, and a missing createKeyRing is false", () => {
    expect(readOptions({ keyRing })).toEqual({ keyRing, createKeyRing: false });
  });

  test.each([
    {},
    { keyRing: "r" },
    { keyRing: "projects/123456789012/locations/global/keyRings/r" },
    { keyRing: `${keyRing}/cryptoKeys/k` },
    { keyRing: 7 },
    { keyRing, region: "global" },
    { keyRing, createKeyRing: "yes" },
    { keyRing, client: {} },
    { keyRing, credentials: {}, authClient: {} },
  ])("that do not exist or contradict each other are INVALID_ARGUMENT: %j", async (options) => {
    expect(await codeOf(() => gcpKms(options as unknown as GcpOptions))).toBe("INVALID_ARGUMENT");
  });

  test("beside a ready client are INVALID_ARGUMENT", async () => {
    const { client } = await stand();
    const credentials = { client_email: "a", private_key: "b" };
    expect(await codeOf(() => gcpKms({ keyRing, client, credentials }))).toBe("INVALID_ARGUMENT");
  });

  test("say which scope the driver serves", () => {
    const { serves } = gcpKms({ keyRing });
    expect(serves?.("projects/some-project/locations/global")).toBe(true);
    expect(serves?.("projects/some-project/locations/europe-west1")).toBe(false);
    expect(serves?.("projects/other-project/locations/global")).toBe(false);
  });
});

describe("a configuration", () => {
  const aes = { algorithm: "AES-256-GCM" } as const;

  test("that Google can make is narrowed and frozen", () => {
    const conf = {
      ...aes,
      name: "orders",
      protection: "hsm",
      labels: { app: "orders" },
      exportable: false,
      rotateEveryDays: 90,
      destructionWindowDays: 1,
    } as const;
    expect(checkConf(conf)).toEqual(conf);
    expect(Object.isFrozen(checkConf(conf))).toBe(true);
  });

  test.each<[KeyConf<Algorithm, unknown>, string]>([
    [{ ...aes, options: {} }, "INVALID_ARGUMENT"],
    [{ ...aes, labels: { "kms-nonce": "x" } }, "INVALID_ARGUMENT"],
    [{ algorithm: "ECDSA-P521-SHA512" }, "UNSUPPORTED"],
    [{ algorithm: "ML-DSA-65" }, "UNSUPPORTED"],
    [{ algorithm: "ECDSA-secp256k1-SHA256", protection: "software" }, "UNSUPPORTED"],
    [{ algorithm: "Ed25519", protection: "hsm" }, "UNSUPPORTED"],
    [{ ...aes, protection: "external" }, "UNSUPPORTED"],
    [{ ...aes, exportable: true }, "UNSUPPORTED"],
    [{ ...aes, activateAt: new Date() }, "UNSUPPORTED"],
    [{ ...aes, deactivateAt: new Date() }, "UNSUPPORTED"],
    [{ algorithm: "HMAC-SHA256", rotateEveryDays: 90 }, "UNSUPPORTED"],
    [{ ...aes, rotateEveryDays: 0 }, "UNSUPPORTED"],
    [{ ...aes, rotateEveryDays: 36_501 }, "UNSUPPORTED"],
    [{ ...aes, rotateEveryDays: 1.5 }, "UNSUPPORTED"],
    [{ ...aes, destructionWindowDays: 0 }, "UNSUPPORTED"],
    [{ ...aes, destructionWindowDays: 121 }, "UNSUPPORTED"],
  ])("that it cannot is refused before any call: %j is %s", async (conf, code) => {
    expect(await codeOf(() => checkConf(conf))).toBe(code);
  });
});
