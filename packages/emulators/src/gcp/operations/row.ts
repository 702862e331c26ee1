import type { EmulatorClock } from "../../clock.ts";
import type { CiphertextFormat } from "../ciphertext.ts";
import type { Input, Message } from "../input.ts";
import { ancestor } from "../names.ts";
import type { PermissionPolicy } from "../../permission-policy.ts";
import type { KeyStore } from "../store.ts";

/** The emulated project: everything that a method may touch. */
export interface Project {
  readonly id: string;
  readonly store: KeyStore;
  readonly clock: EmulatorClock;
  readonly ciphertexts: CiphertextFormat;
  readonly permissions: PermissionPolicy;
  /** How long new asymmetric versions are PENDING_GENERATION. */
  readonly generationDelayMs: number;
}

/** What a method works with. */
export interface Call {
  readonly input: Input;
  /** The resource that the request names, well formed and in this project; whether it exists is not known yet. */
  readonly name: string;
  readonly nowMs: number;
  readonly project: Project;
}

/** A row of the methods table. */
export interface MethodRow {
  /** The IAM permission that it needs; `undefined` for none. */
  readonly permission: string | undefined;
  /** The resource that the permission is needed on. Default: the one that the request names. */
  readonly on?: ((name: string) => string) | undefined;
  /** Fields that the emulator understands; any other is refused as not implemented. */
  readonly fields: readonly string[];
  /** Document and section. */
  readonly source: string;
  /** Reads the name; INVALID_ARGUMENT for a malformed one. */
  locate(input: Input): string;
  run(call: Call): Message | Promise<Message>;
}

/** Source of the permissions: Cloud KMS documentation, Permissions and roles, Required permissions. */
export const permission = (name: string): string => `cloudkms.${name}`;

/** The key of a version: permissions to use are held on it. Source: GoogleCloudPlatform/java-docs-samples issue 6571. */
export const ofKey = (name: string): string => ancestor(name, 4);
