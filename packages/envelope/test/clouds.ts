import { CryptographyClient, KeyClient, type KeyVaultKey } from "@azure/keyvault-keys";
import { KMSClient } from "@aws-sdk/client-kms";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { awsKms } from "@kms/aws";
import { azureKms } from "@kms/azure";
import {
  createKms,
  memoryAuditSink,
  type KeyHandle,
  type Kms,
  type KmsOptions,
  type MemoryAuditSink,
  type Providers,
} from "@kms/core";
import { startAwsEmulator, type AwsEmulator } from "@kms/emulators/aws";
import { startAzureEmulator, type AzureEmulator } from "@kms/emulators/azure";
import { startGcpEmulator, type GcpEmulator } from "@kms/emulators/gcp";
import { gcpKms } from "@kms/gcp";
import { memoryStore, selfManagedKms } from "@kms/self-managed";

/** Names of providers in the tests. */
export type ProviderName = "aws" | "azure" | "hsm" | "gcp" | "own";

/** A `Kms` over every back end there is: three clouds in emulators, Azure both as vault and as Managed HSM, and own keys. */
export interface Clouds {
  readonly kms: Kms;
  readonly audit: MemoryAuditSink;
  readonly keys: Readonly<Record<ProviderName, KeyHandle>>;
  /** Nobody answers there until `restore`. Own keys are suspended instead. */
  readonly takeDown: (name: ProviderName) => Promise<void>;
  /** Answers there come that many milliseconds late until `restore`. */
  readonly slowDown: (name: Exclude<ProviderName, "own">, slowMs: number) => void;
  readonly restore: () => Promise<void>;
  /** Requests that have reached the clouds. */
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

interface Emulators {
  readonly aws: AwsEmulator;
  readonly azure: AzureEmulator;
  readonly hsm: AzureEmulator;
  readonly gcp: GcpEmulator;
}

async function startEmulators(): Promise<Emulators> {
  const [aws, azure, hsm, gcp] = await Promise.all([
    startAwsEmulator(),
    startAzureEmulator({ flavour: "standard" }),
    startAzureEmulator({ flavour: "managed-hsm" }),
    startGcpEmulator(),
  ]);
  return { aws, azure, hsm, gcp };
}

const azureClients = ({ vaultUrl, credential, clientOptions }: AzureEmulator) => {
  const options = () => ({ ...clientOptions, retryOptions: { maxRetries: 0 } });
  return {
    keys: new KeyClient(vaultUrl, credential, options()),
    cryptography: (key: KeyVaultKey) => new CryptographyClient(key, credential, options()),
  };
};

async function driversOver({ aws, azure, hsm, gcp }: Emulators): Promise<Providers> {
  const google = new KeyManagementServiceClient(gcp.clientConfiguration);
  const parent = `projects/${gcp.projectId}/locations/${gcp.location}`;
  await google.createKeyRing({ parent, keyRingId: "tests", keyRing: {} }, { retry: null });
  return {
    aws: awsKms({ client: new KMSClient({ ...aws.clientConfiguration, maxAttempts: 1 }) }),
    azure: azureKms({ client: azureClients(azure), tier: "standard" }),
    hsm: azureKms({ client: azureClients(hsm), tier: "managed-hsm" }),
    gcp: gcpKms({ client: google, keyRing: `${parent}/keyRings/tests` }),
    own: await selfManagedKms({ store: memoryStore() }),
  };
}

/** All of it, started; a key at each provider that can wrap a data key. */
export async function startClouds(options: Omit<KmsOptions<Providers>, "providers"> = {}): Promise<Clouds> {
  const emulators = await startEmulators();
  const audit = memoryAuditSink();
  const kms: Kms = createKms<Providers>({ providers: await driversOver(emulators), audit, ...options });
  const keys = {
    aws: await kms.generateKey("aws", { algorithm: "AES-256-GCM" }),
    azure: await kms.generateKey("azure", { algorithm: "RSA-OAEP-2048-SHA256" }),
    hsm: await kms.generateKey("hsm", { algorithm: "AES-256-GCM" }),
    gcp: await kms.generateKey("gcp", { algorithm: "AES-256-GCM" }),
    own: await kms.generateKey("own", { algorithm: "AES-256-GCM" }),
  };
  const all = Object.values(emulators) as readonly Emulators[keyof Emulators][];
  return {
    kms,
    audit,
    keys,
    takeDown: async (name) => {
      if (name === "own") await kms.disableKey(keys.own);
      else emulators[name].faults.always("unavailable");
    },
    slowDown: (name, slowMs) => emulators[name].faults.always({ slowMs }),
    restore: async () => {
      for (const { faults } of all) faults.clear();
      await kms.enableKey(keys.own).catch(() => {});
    },
    requests: () => all.reduce((sum, { requests }) => sum + requests.count(), 0),
    close: async () => {
      await kms.close();
      await Promise.all(all.map((emulator) => emulator.close()));
    },
  };
}
