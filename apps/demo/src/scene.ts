import { KmsError, type Clock, type KeyConf, type KeyHandle, type Kms } from "@kms/core";
import type { NotTaken, Refusal } from "./attempt.ts";
import type { AuditTrail } from "./audit-trail.ts";
import type { Backend, Place } from "./backends/backend.ts";
import type { Document } from "./documents.ts";
import type { Role } from "./roles.ts";
import type { Seals } from "./seals.ts";
import type { WorkFolder } from "./work-folder.ts";

/** What the steps of one back end's story share. */
export interface Scene {
  readonly backend: Backend;
  readonly place: Place;
  /** The demo's, which `place.advance` moves. */
  readonly clock: Clock;
  /** The application's, over the back end. */
  readonly kms: Kms;
  /** The administrator's, over the same back end: seals configurations. */
  readonly administrator: Kms;
  readonly seals: Seals;
  /** What the application's instance recorded. */
  readonly audit: AuditTrail;
  readonly documents: readonly Document[];
  readonly folder: WorkFolder;
  /** Shows what takes long, where somebody watches. */
  readonly progress: (text: string) => void;
  /** Filled by the first two steps. */
  readonly configurations: Map<Role, KeyConf>;
  readonly keys: Map<Role, KeyHandle>;
}

/** What a step shows. It fails by throwing, or by a refusal that is not `ok`. */
export interface Told {
  readonly facts: readonly string[];
  readonly refusals?: readonly Refusal[] | undefined;
  readonly notTaken?: readonly NotTaken[] | undefined;
  /** What is counted at the end. */
  readonly counts?: Readonly<Record<string, number>> | undefined;
}

/** One step of the story. */
export interface Step {
  readonly name: string;
  readonly run: (scene: Scene) => Promise<Told>;
}

/** The handle of a key that an earlier step made. */
export function keyOf(scene: Scene, role: Role): KeyHandle {
  const key = scene.keys.get(role);
  if (key !== undefined) return key;
  throw new KmsError("NOT_FOUND", `No step has made the key "${role.role}" yet.`);
}

/** The associated data of a file: its name and its type. A ciphertext opens under the same alone. */
export const associatedDataOf = ({
  name,
  type,
}: Pick<Document, "name" | "type">): Readonly<Record<string, string>> => ({
  file: name,
  type,
});

/** The first bytes of the first file that has any; the name of a file where none has. Every back end takes as many. */
export function sampleOf(documents: readonly Document[]): { readonly document: Document; readonly bytes: Uint8Array } {
  const document = documents.find(({ bytes }) => bytes.length > 0) ?? documents[0];
  if (document === undefined) throw new KmsError("NOT_FOUND", "There is no file to take a sample of.");
  const bytes = document.bytes.length > 0 ? document.bytes.slice(0, 256) : new TextEncoder().encode(document.name);
  return { document, bytes };
}

/** What must hold for the story to go on; a failure is `TAMPERED` with what was found. */
export function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new KmsError("TAMPERED", otherwise);
}
