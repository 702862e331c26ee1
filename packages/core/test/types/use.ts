// What an application, or a library over `Kms`, writes. Compiled, never run: each line under `@ts-expect-error` must fail.
import {
  createKms,
  KmsError,
  verifySignature,
  type Algorithm,
  type AlgorithmFor,
  type AlgorithmsOf,
  type Bytes,
  type KeyConf,
  type KeyFor,
  type KeyHandle,
  type Kms,
  type KmsDriver,
  type OptionsOf,
  type Sealer,
} from "../../src/index.ts";

interface RegionOptions {
  readonly multiRegion?: boolean | undefined;
}
interface RingOptions {
  readonly keyRing?: string | undefined;
}
type Symmetric = "AES-256-GCM" | "HMAC-SHA256";

declare const aws: KmsDriver<Symmetric | "ECDSA-P256-SHA256" | "Ed25519", RegionOptions>;
declare const vault: KmsDriver<"ECDSA-P256-SHA256" | "RSA-OAEP-3072-SHA256", never>;
declare const gcp: KmsDriver<Symmetric | "ECDSA-P256-SHA256", RingOptions>;
declare const own: KmsDriver<Algorithm, never>;
declare const sealer: Sealer;
declare const data: Bytes;

const kms = createKms({ providers: { aws, vault, gcp, own }, sealer });

export async function several(signal: AbortSignal | undefined): Promise<void> {
  const key: KeyHandle<"AES-256-GCM"> = await kms.generateKey(
    "aws",
    { algorithm: "AES-256-GCM", labels: { app: "orders" }, options: { multiRegion: true } },
    { signal },
  );
  const ciphertext = await kms.encrypt(key, data, { tenant: "42" }, { signal });
  await kms.decrypt(key, ciphertext, {}, { signal, accept: { state: "suspended", reason: "audit 17" } });
  const signer = await kms.generateKey("vault", { algorithm: "ECDSA-P256-SHA256" });
  const signature = await kms.sign(signer, data);
  const publicKey = await kms.getPublicKey(signer, { keyVersion: signature.keyVersion });
  const valid: boolean =
    verifySignature(publicKey, data, signature.bytes) && (await kms.verify(signer, data, signature));
  const narrow: KeyHandle<"AES-256-GCM"> = kms.restrictKey(key, {
    operations: ["decrypt"],
    requiredAssociatedData: { tenant: null },
  });
  const { encrypted, plaintext } = await kms.generateDataKey(key, 32);
  plaintext.fill(0);
  await kms.unwrapDataKey(key, encrypted);
  void [valid, narrow];
}

export async function refusedWhenCompiled(key: KeyHandle<"AES-256-GCM">, signer: KeyHandle<"Ed25519">): Promise<void> {
  // @ts-expect-error a symmetric key does not sign
  await kms.sign(key, data);
  // @ts-expect-error nor does a restricted one
  await kms.sign(kms.restrictKey(key, {}), data);
  // @ts-expect-error a signing key does not encrypt
  await kms.encrypt(signer, data);
  // @ts-expect-error a data key has 16, 24 or 32 bytes
  await kms.generateDataKey(key, 20);
  // @ts-expect-error reading in another state needs a reason
  await kms.decrypt(key, data, {}, { accept: { state: "suspended" } });
  // @ts-expect-error protecting accepts no state
  await kms.encrypt(key, data, {}, { accept: { state: "suspended", reason: "x" } });
  // @ts-expect-error a vault has no AES
  await kms.generateKey("vault", { algorithm: "AES-256-GCM" });
  // @ts-expect-error an option of AWS on Google
  await kms.generateKey("gcp", { algorithm: "AES-256-GCM", options: { multiRegion: true } });
  // @ts-expect-error own keys have no options
  await kms.generateKey("own", { algorithm: "AES-256-GCM", options: { multiRegion: true } });
  // @ts-expect-error no such provider
  await kms.generateKey("azur", { algorithm: "AES-256-GCM" });
  // @ts-expect-error no such algorithm
  await kms.getKey("aws", "alias/x", { algorithm: "AES-128-GCM" });
  // @ts-expect-error narrowed on opening
  await kms.encrypt(await kms.openHandle("token", { algorithm: "ECDSA-P256-SHA256" }), data);
  // @ts-expect-error a handle is made by Kms only
  await kms.describeKey({ provider: "aws", keyId: "k", algorithm: "AES-256-GCM", protection: "hsm" });
  // @ts-expect-error the random source is not the caller's to give
  createKms({ providers: { own }, random: (length: number) => new Uint8Array(length) });
}

export async function checkedWhenItRuns(keys: readonly KeyHandle[]): Promise<void> {
  const wide = await kms.openHandle("token");
  await kms.sign(wide, data);
  await kms.encrypt(keys[0] ?? wide, data);
}

/** A sealed configuration, written by an administrator, used by a deployment. */
export async function sealedConfiguration(): Promise<KeyHandle<"AES-256-GCM">> {
  const token = await kms.sealKeyConf("aws", { algorithm: "AES-256-GCM", options: { multiRegion: true } });
  const conf = await kms.openKeyConf(token, { provider: "aws", algorithm: "AES-256-GCM" });
  // @ts-expect-error a configuration of AWS does not fit Google
  await kms.generateKey("gcp", conf);
  await kms.generateKey("gcp", await kms.openKeyConf(token, { provider: "gcp" }));
  return kms.generateKey("aws", conf);
}

/** Drivers out of a loop over a configuration file. */
export async function dynamic(
  names: readonly string[],
  make: (name: string) => KmsDriver,
): Promise<readonly KeyHandle[]> {
  const drivers: Record<string, KmsDriver> = { aws, own };
  for (const name of names) drivers[name] = make(name);
  const wide = createKms({ providers: drivers, sealer });
  return Promise.all(names.map(async (name) => wide.generateKey(name, { algorithm: "AES-256-GCM" })));
}

/** A library's functions: generic in the algorithm, and over any `Kms`. */
export const sealText = async <A extends Algorithm>(
  any: Kms,
  key: KeyFor<"encrypt", A>,
  text: string,
): Promise<Bytes> => any.encrypt(key, new TextEncoder().encode(text));
export const roundTrip = async <A extends Algorithm>(
  any: Kms,
  key: KeyFor<"encrypt", A> & KeyFor<"decrypt", A>,
): Promise<Bytes> => any.decrypt(key, await any.encrypt(key, data));

export async function library(key: KeyHandle<"AES-256-GCM">, signer: KeyHandle<"Ed25519">): Promise<void> {
  await sealText(kms, key, "x");
  await roundTrip(kms.withActor("alice"), key);
  // @ts-expect-error a signing key does not encrypt
  await sealText(kms, signer, "x");
  // @ts-expect-error nor make a round trip
  await roundTrip(kms, signer);
}

/** An adapter generic in its algorithms, under a name of its own. */
export const generic = async <A extends Algorithm, O>(
  driver: KmsDriver<A, O>,
  conf: KeyConf<A, O>,
): Promise<KeyHandle<A>> => createKms({ providers: { it: driver } }).generateKey("it", conf);

interface Drivers {
  readonly aws: typeof aws;
  readonly gcp: typeof gcp;
}
/** From a listing to handles; drivers held in an interface; an algorithm known only when it runs; WebCrypto. */
export async function more(drivers: Drivers, algorithm: Algorithm): Promise<void> {
  const narrow = createKms({ providers: drivers });
  const wide: Kms = narrow;
  for await (const { keyId, algorithms: [first] = [] } of narrow.listKeys("aws")) {
    if (first !== undefined) await narrow.getKey("aws", keyId, { algorithm: first });
  }
  const { plaintext } = await narrow.generateDataKey(await wide.generateKey("gcp", { algorithm }), 32);
  await globalThis.crypto.subtle.importKey("raw", plaintext, "AES-GCM", false, ["encrypt"]);
  const health = await narrow.health();
  const ok: boolean = health.aws.ok && health.gcp.ok;
  // @ts-expect-error no such provider
  void [ok, health.own];
}

export const codeOf = (error: unknown): string =>
  KmsError.isInstance(error) ? `${error.code} ${error.outcome}` : "not ours";

// What the type helpers say of a driver, each way round.
export const algorithms: readonly AlgorithmsOf<typeof vault>[] = ["ECDSA-P256-SHA256", "RSA-OAEP-3072-SHA256"];
export const options: OptionsOf<typeof aws> = { multiRegion: true };
export const macs: readonly AlgorithmFor<"mac">[] = ["HMAC-SHA256", "HMAC-SHA384", "HMAC-SHA512"];
// @ts-expect-error not a MAC
export const noMac: AlgorithmFor<"mac"> = "AES-256-GCM";
