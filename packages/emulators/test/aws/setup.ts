import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  EncryptCommand,
  GetPublicKeyCommand,
  KMSClient,
  type KMSClientConfig,
} from "@aws-sdk/client-kms";
import { afterEach } from "vitest";
import { type AwsEmulator, type AwsEmulatorOptions, startAwsEmulator } from "../../src/aws/index.ts";

const open = new Set<() => Promise<void>>();

afterEach(async () => {
  const closing = [...open].map((close) => close());
  open.clear();
  await Promise.all(closing);
});

/** Milliseconds in a day. */
export const DAY_MS = 86_400_000;

/** UTF-8 of a text. */
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The official client, retries off; it ends with the test. */
export function clientFor(emulator: AwsEmulator, configuration: KMSClientConfig = {}): KMSClient {
  const client = new KMSClient({ ...emulator.clientConfiguration, maxAttempts: 1, ...configuration });
  open.add(async () => client.destroy());
  return client;
}

/** An emulator and the official client for it; both end with the test. */
export async function start(options: AwsEmulatorOptions = {}): Promise<{ emulator: AwsEmulator; client: KMSClient }> {
  const emulator = await startAwsEmulator(options);
  open.add(() => emulator.close());
  return { emulator, client: clientFor(emulator) };
}

/** A member that the answer must have. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError("the answer lacks a member that it must have");
  return value;
}

/** Id and ARN of a new key; symmetric unless said otherwise. */
export async function createKey(
  client: KMSClient,
  input: CreateKeyCommandInput = {},
): Promise<{ id: string; arn: string }> {
  const { KeyMetadata: metadata } = await client.send(new CreateKeyCommand(input));
  return { id: present(metadata?.KeyId), arn: present(metadata?.Arn) };
}

/** Kinds of key: one for each usage, and RSA ones, which take longer to make. */
export const KINDS: Readonly<
  Record<"symmetric" | "signing" | "mac" | "agreement" | "rsaSigning" | "rsaEncryption", CreateKeyCommandInput>
> = {
  symmetric: {},
  signing: { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" },
  mac: { KeySpec: "HMAC_256", KeyUsage: "GENERATE_VERIFY_MAC" },
  agreement: { KeySpec: "ECC_NIST_P256", KeyUsage: "KEY_AGREEMENT" },
  rsaSigning: { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" },
  rsaEncryption: { KeySpec: "RSA_2048", KeyUsage: "ENCRYPT_DECRYPT" },
};

/** The SubjectPublicKeyInfo DER of an asymmetric key. */
export async function publicKeyOf(client: KMSClient, keyId: string): Promise<Uint8Array> {
  return present((await client.send(new GetPublicKeyCommand({ KeyId: keyId }))).PublicKey);
}

/** A ciphertext blob of `text`. */
export async function encrypt(
  client: KMSClient,
  keyId: string,
  text: string,
  context?: Record<string, string>,
): Promise<Uint8Array> {
  const input = { KeyId: keyId, Plaintext: bytes(text), EncryptionContext: context };
  return present((await client.send(new EncryptCommand(input))).CiphertextBlob);
}

/** The name of the error that a call ends in, or "none". */
export const nameOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => "none",
    (error: unknown) => (error instanceof Error ? error.name : typeof error),
  );

/** Name and message of the error that a call ends in. */
export const refusalOf = (call: Promise<unknown>): Promise<{ name: string; message: string }> =>
  call.then(
    () => ({ name: "none", message: "" }),
    (error: unknown) =>
      error instanceof Error ? { name: error.name, message: error.message } : { name: "", message: "" },
  );

/** A value that the SDK's types do not have, as a client without types would send it. */
export function unknownValue(value: string): never {
  return value as never;
}
