import { KmsError, type Json, type KmsDriver } from "@kms/core";
import type { Backend } from "./backends/backend.ts";

type Connect = NonNullable<Backend["connect"]>;

/** By a back end's name: how another process reaches its keys. Each loads the SDK of its own provider alone: that is most of such a process's time. */
const connectors: Readonly<Record<string, () => Promise<Connect | undefined>>> = {
  own: async () => (await import("./backends/own-keys.ts")).ownKeys.connect,
  aws: async () => (await import("./backends/aws.ts")).aws.connect,
  gcp: async () => (await import("./backends/gcp.ts")).gcp.connect,
  azure: async () => (await import("./backends/azure.ts")).azureVault.connect,
  "azure-hsm": async () => (await import("./backends/azure.ts")).azureManagedHsm.connect,
  "aws-live": async () => (await import("./live/aws.ts")).liveAws.connect,
  "gcp-live": async () => (await import("./live/gcp.ts")).liveGcp.connect,
  "azure-live": async () => (await import("./live/azure.ts")).liveAzure.connect,
};

/** A driver over the keys of a back end that another process opened; `INVALID_ARGUMENT` for one that nothing reaches from here. */
export async function connectTo(backend: string, connection: Json): Promise<KmsDriver> {
  const connect = Object.hasOwn(connectors, backend) ? await connectors[backend]?.() : undefined;
  if (connect !== undefined) return connect(connection);
  throw new KmsError("INVALID_ARGUMENT", `No other process reaches the back end "${backend}".`);
}
