import { describe, expect, it } from "vitest";
import { METHODS, PERMISSIONS } from "../../src/gcp/operations/index.ts";
import { bytes, bytesOf, codeOf, createKey, createKeyFor, ONCE, refusalOf, type Started, startAlone } from "./setup.ts";

interface Subject extends Started {
  readonly key: string;
  readonly version: string;
}

interface Row {
  readonly permission: string;
  /** What the denial names. */
  readonly on: (subject: Subject) => string;
  readonly call: (subject: Subject) => Promise<unknown>;
}

const data = bytes("m");
const state = { paths: ["state"] };
const versions = (verb: string) => `cloudkms.cryptoKeyVersions.${verb}`;
const key = ({ key: name }: Subject): string => name;
const version = ({ version: name }: Subject): string => name;
const ring = ({ ring: name }: Subject): string => name;
const location = ({ location: name }: Subject): string => name;

// Cloud KMS documentation, Permissions and roles, Required permissions.
const ROWS: Readonly<Record<string, Row>> = {
  CreateKeyRing: {
    permission: "cloudkms.keyRings.create",
    on: location,
    call: ({ client, location: parent }) => client.createKeyRing({ parent, keyRingId: "new" }, ONCE),
  },
  GetKeyRing: {
    permission: "cloudkms.keyRings.get",
    on: ring,
    call: ({ client, ring: name }) => client.getKeyRing({ name }, ONCE),
  },
  ListKeyRings: {
    permission: "cloudkms.keyRings.list",
    on: location,
    call: ({ client, location: parent }) => client.listKeyRings({ parent }, ONCE),
  },
  CreateCryptoKey: { permission: "cloudkms.cryptoKeys.create", on: ring, call: (subject) => createKey(subject) },
  GetCryptoKey: {
    permission: "cloudkms.cryptoKeys.get",
    on: key,
    call: ({ client, key: name }) => client.getCryptoKey({ name }, ONCE),
  },
  ListCryptoKeys: {
    permission: "cloudkms.cryptoKeys.list",
    on: ring,
    call: ({ client, ring: parent }) => client.listCryptoKeys({ parent }, ONCE),
  },
  UpdateCryptoKey: {
    permission: "cloudkms.cryptoKeys.update",
    on: key,
    call: ({ client, key: name }) =>
      client.updateCryptoKey({ cryptoKey: { name }, updateMask: { paths: ["labels"] } }, ONCE),
  },
  UpdateCryptoKeyPrimaryVersion: {
    permission: "cloudkms.cryptoKeys.update",
    on: key,
    call: ({ client, key: name }) => client.updateCryptoKeyPrimaryVersion({ name, cryptoKeyVersionId: "1" }, ONCE),
  },
  CreateCryptoKeyVersion: {
    permission: versions("create"),
    on: key,
    call: ({ client, key: parent }) => client.createCryptoKeyVersion({ parent }, ONCE),
  },
  GetCryptoKeyVersion: {
    permission: versions("get"),
    on: version,
    call: ({ client, version: name }) => client.getCryptoKeyVersion({ name }, ONCE),
  },
  ListCryptoKeyVersions: {
    permission: versions("list"),
    on: key,
    call: ({ client, key: parent }) => client.listCryptoKeyVersions({ parent }, ONCE),
  },
  UpdateCryptoKeyVersion: {
    permission: versions("update"),
    on: version,
    call: ({ client, version: name }) =>
      client.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state: "ENABLED" }, updateMask: state }, ONCE),
  },
  DestroyCryptoKeyVersion: {
    permission: versions("destroy"),
    on: version,
    call: ({ client, version: name }) => client.destroyCryptoKeyVersion({ name }, ONCE),
  },
  RestoreCryptoKeyVersion: {
    permission: versions("restore"),
    on: version,
    call: ({ client, version: name }) => client.restoreCryptoKeyVersion({ name }, ONCE),
  },
  Encrypt: {
    permission: versions("useToEncrypt"),
    on: key,
    call: ({ client, version: name }) => client.encrypt({ name, plaintext: data }, ONCE),
  },
  Decrypt: {
    permission: versions("useToDecrypt"),
    on: key,
    call: ({ client, key: name }) => client.decrypt({ name, ciphertext: data }, ONCE),
  },
  AsymmetricSign: {
    permission: versions("useToSign"),
    on: key,
    call: ({ client, version: name }) => client.asymmetricSign({ name, data }, ONCE),
  },
  AsymmetricDecrypt: {
    permission: versions("useToDecrypt"),
    on: key,
    call: ({ client, version: name }) => client.asymmetricDecrypt({ name, ciphertext: data }, ONCE),
  },
  MacSign: {
    permission: versions("useToSign"),
    on: key,
    call: ({ client, version: name }) => client.macSign({ name, data }, ONCE),
  },
  MacVerify: {
    permission: versions("useToVerify"),
    on: key,
    call: ({ client, version: name }) => client.macVerify({ name, data, mac: data }, ONCE),
  },
  GetPublicKey: {
    permission: versions("viewPublicKey"),
    on: version,
    call: ({ client, version: name }) => client.getPublicKey({ name }, ONCE),
  },
  GenerateRandomBytes: {
    permission: "cloudkms.locations.generateRandomBytes",
    on: location,
    call: ({ client, location: name }) =>
      client.generateRandomBytes({ location: name, lengthBytes: 32, protectionLevel: "HSM" }, ONCE),
  },
};

async function subject(): Promise<Subject> {
  const started = await startAlone();
  const name = await createKey(started);
  return { ...started, key: name, version: `${name}/cryptoKeyVersions/1` };
}

describe("the policy hook", () => {
  it("covers every method but TestIamPermissions, which needs none", () => {
    expect([...Object.keys(ROWS), "TestIamPermissions"].toSorted()).toEqual([...METHODS.keys()].toSorted());
    expect(METHODS.get("TestIamPermissions")?.permission).toBeUndefined();
  });

  it.each(Object.entries(ROWS))("denies %s alone, naming permission and resource", async (_, row) => {
    const one = await subject();
    one.emulator.permissions.deny(row.permission);
    const [permission, resource] = [row.permission, row.on(one)];
    expect(await refusalOf(row.call(one))).toMatchObject({
      code: "PERMISSION_DENIED",
      message: `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
      details: [{ reason: "IAM_PERMISSION_DENIED", domain: "googleapis.com", metadata: { permission, resource } }],
    });
    one.emulator.permissions.reset();
    expect(await codeOf(row.call(one))).not.toBe("PERMISSION_DENIED");
  });

  it("lets an encrypter-decrypter encrypt and decrypt, and nothing else", async () => {
    const one = await subject();
    const { client, emulator, key: name } = one;
    const signer = await createKeyFor(one, "ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256");
    emulator.permissions.allowOnly([versions("useToEncrypt"), versions("useToDecrypt")]);
    const [sealed] = await client.encrypt({ name, plaintext: data }, ONCE);
    expect(await codeOf(client.decrypt({ name, ciphertext: bytesOf(sealed.ciphertext) }, ONCE))).toBe("OK");
    expect(await codeOf(client.getCryptoKey({ name }, ONCE))).toBe("PERMISSION_DENIED");
    expect(await codeOf(client.getPublicKey({ name: `${signer}/cryptoKeyVersions/1` }, ONCE))).toBe(
      "PERMISSION_DENIED",
    );
  });

  it("denies before it says whether something exists", async () => {
    const one = await subject();
    one.emulator.permissions.deny("cloudkms.cryptoKeys.get");
    const call = one.client.getCryptoKey({ name: `${one.ring}/cryptoKeys/none` }, ONCE);
    expect(await codeOf(call)).toBe("PERMISSION_DENIED");
  });

  it("knows its permissions", async () => {
    const { emulator } = await startAlone();
    expect(() => emulator.permissions.deny("cloudkms.cryptoKeys.encrypt")).toThrow(RangeError);
    expect(() => emulator.permissions.allowOnly(["kms:Encrypt"])).toThrow(RangeError);
    expect(PERMISSIONS.size).toBe(new Set(Object.values(ROWS).map((row) => row.permission)).size);
  });
});
