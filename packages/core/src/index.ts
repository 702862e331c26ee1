/** The door for applications. */
export type * from "./contract/words.ts";
export type * from "./contract/key.ts";
export type * from "./contract/results.ts";
export type * from "./contract/capabilities.ts";
export type * from "./contract/kms.ts";
export type * from "./contract/options.ts";
export type { KmsDriver } from "./contract/driver.ts";
export { KmsError, type KmsErrorDetails } from "./errors.ts";
export { acknowledgeClock, createKms } from "./kms.ts";
export { verifySignature } from "./verify-signature.ts";
export { describeCiphertext, providerAssociatedData } from "./keys/ciphertext-header.ts";
export { hmacSealer } from "./tokens/hmac-sealer.ts";
export { ed25519Sealer } from "./tokens/ed25519-sealer.ts";
export {
  providerSealer,
  type ProviderSealAlgorithm,
  type ProviderSealer,
  type ProviderSealKey,
  type ProviderSigner,
} from "./tokens/provider-sealer.ts";
export { memoryAuditSink, type MemoryAuditSink } from "./guard/memory-audit-sink.ts";
export { systemClock } from "./guard/time.ts";
export { derToP1363, p1363ToDer } from "./encoding/der.ts";
export { pemToSpki, spkiToPem } from "./encoding/pem.ts";
export { jwkThumbprint, jwkToSpki, publicKeyToJwk } from "./algorithms/public-key.ts";
