import { randomBytes } from "../primitives.ts";
import { shift } from "./duration.ts";
import { keyNotFound, notImplemented } from "./errors.ts";
import type { KeySpec } from "./key-material.ts";
import { KeyVersion, type VersionSettings } from "./key-version.ts";
import { LIMITS } from "./limits.ts";
import { type RotationPolicy, rotationDueAt } from "./rotation-policy.ts";

/** What keys of one emulator have in common. */
export interface KeyRules {
  /** Whether a rotation gives the new version the tags of the one before; an open question (contract-fit §1). */
  readonly rotateCopiesTags: boolean;
  /** The most versions that a key can have. */
  readonly maximumVersions: number;
}

/** A key: a name, and versions under it. */
export class VaultKey {
  /** As it was written when the key was made; names are compared without case. */
  readonly name: string;
  readonly #rules: KeyRules;
  readonly #versions: KeyVersion[] = [];
  policy: RotationPolicy | undefined;
  /** Before then nothing is rotated: a deleted key was not there to be. */
  rotatesFromMs = 0;

  constructor(name: string, rules: KeyRules) {
    this.name = name;
    this.#rules = rules;
  }

  /** Every version, the first one first. */
  get versions(): readonly KeyVersion[] {
    return this.#versions;
  }

  /** The version that was made last, in whatever state. */
  get latest(): KeyVersion {
    const latest = this.#versions.at(-1);
    if (latest === undefined) throw new TypeError("a key has at least one version");
    return latest;
  }

  /** The version of that id, the latest one for `undefined`; 404 when there is none. */
  version(id: string | undefined): KeyVersion {
    if (id === undefined) return this.latest;
    const version = this.#versions.find((candidate) => candidate.id === id);
    if (version === undefined) throw keyNotFound(`${this.name}/${id}`);
    return version;
  }

  /** A new version, which is the latest from now on. */
  addVersion(spec: KeySpec, settings: VersionSettings, nowMs: number): KeyVersion {
    if (this.#versions.length >= this.#rules.maximumVersions) {
      // That it is refused is documented; the status is not established (provider facts §5.1: "403/400", from memory).
      throw notImplemented(`more than ${LIMITS.hsmVersions.maximum} versions of a key`);
    }
    const id = Buffer.from(randomBytes(16)).toString("hex");
    const version = new KeyVersion(id, spec, settings, nowMs);
    this.#versions.push(version);
    return version;
  }

  /**
   * A new version like the latest one. It expires after the policy's expiry time, counted from its creation. Source:
   * learn.microsoft.com/rest/api/keyvault/keys/rotate-key; …/keys/how-to-configure-key-rotation, Key rotation policy.
   */
  rotate(nowMs: number): KeyVersion {
    const { spec, settings } = this.latest;
    const span = this.policy?.expiryTime;
    return this.addVersion(
      spec,
      {
        enabled: true,
        notBefore: undefined,
        expires: span === undefined ? undefined : Math.floor(shift(nowMs, span) / 1000),
        tags: this.#rules.rotateCopiesTags ? settings.tags : undefined,
        keyOps: settings.keyOps,
      },
      nowMs,
    );
  }

  /** Does the rotations that are due. */
  settle(nowMs: number): void {
    for (;;) {
      const dueAtMs = rotationDueAt(this.policy, this.latest);
      if (dueAtMs === undefined || this.#versions.length >= this.#rules.maximumVersions) return;
      const atMs = Math.max(dueAtMs, this.rotatesFromMs);
      if (atMs > nowMs) return;
      this.rotate(atMs);
    }
  }
}
