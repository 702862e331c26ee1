import { randomBytes } from "node:crypto";
import type { CryptographyClient } from "@azure/keyvault-keys";
import { azureKms } from "@kms/azure";
import { createKms, hmacSealer, memoryAuditSink } from "@kms/core";
import { sign } from "../../baselines/azure-sdk.ts";
import type { Comparison } from "../rounds.ts";
import { awaited } from "../sides.ts";
import { instantClients } from "./azure-clients.ts";
import { keyPath } from "./azure-names.ts";
import { message } from "./work.ts";

const algorithm = "ECDSA-P256-SHA256";

/** `Kms` over the client of a key version, and that client itself: the same work, so many calls in flight. */
export async function signAtAzure(inFlight: number | undefined): Promise<Comparison> {
  const { keys, cryptography } = await instantClients();
  let client: CryptographyClient | undefined;
  // The baseline signs by the very client that the adapter asked for.
  const kept = (key: Parameters<typeof cryptography>[0]): CryptographyClient => (client = cryptography(key));
  const kms = createKms({
    providers: { azure: azureKms({ client: { keys, cryptography: kept } }) },
    sealer: hmacSealer({ keys: [{ kid: "bench", secret: randomBytes(32) }] }),
    policy: { minimumStrengthBits: 128, allowedAlgorithms: [algorithm], allowedProtection: ["software"] },
    audit: memoryAuditSink(),
    actor: "bench",
  });
  const found = await kms.getKey("azure", `${keys.vaultUrl}${keyPath}`, { algorithm });
  const key = await kms.openHandle(await kms.sealHandle(found), { algorithm });
  const ours = async (): Promise<number> => (await kms.sign(key, message)).bytes.length;
  await ours();
  if (client === undefined) throw new Error("The adapter signed by another client than the one it was given.");
  const raw = sign(client, message);
  return { ours: awaited(ours, 0, inFlight), baseline: awaited(raw, 0, inFlight) };
}
