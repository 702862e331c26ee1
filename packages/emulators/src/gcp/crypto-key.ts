import { randomBytes } from "../primitives.ts";
import type { AlgorithmRow, ProtectionLevel, Purpose } from "./algorithms.ts";
import { GcpError } from "./errors.ts";
import { KeyVersion } from "./key-version.ts";

/** The algorithm that new versions get. */
export interface VersionTemplate {
  readonly algorithm: string;
  readonly row: AlgorithmRow;
}

/** Automatic rotation: how often, and when next. */
export interface RotationSchedule {
  readonly periodMs: number;
  readonly nextAtMs: number;
}

/** What a key is made with and keeps. */
export interface NewKey {
  readonly name: string;
  readonly purpose: Purpose;
  readonly level: ProtectionLevel;
  readonly createdAtMs: number;
  /** How long versions stay in DESTROY_SCHEDULED. */
  readonly destroyScheduledMs: number;
  /** How long asymmetric versions stay in PENDING_GENERATION. */
  readonly generationDelayMs: number;
}

/** A key: its versions, the primary one, and what its owner can change. Source: resources.proto, CryptoKey. */
export class CryptoKey {
  readonly is: NewKey;
  /** Tells keys apart inside ciphertexts. */
  readonly tag: Uint8Array = randomBytes(16);
  readonly #versions: KeyVersion[] = [];
  #primary: KeyVersion | undefined;
  template: VersionTemplate;
  labels: ReadonlyMap<string, string> = new Map();
  rotation: RotationSchedule | undefined;

  constructor(is: NewKey, template: VersionTemplate) {
    this.is = is;
    this.template = template;
  }

  /** Every version, the first one first. */
  get versions(): readonly KeyVersion[] {
    return this.#versions;
  }

  /** The version that encrypts; only of ENCRYPT_DECRYPT keys, and only once one was made primary. */
  get primary(): KeyVersion | undefined {
    return this.#primary;
  }

  /**
   * A new version with the next number. It does not become the primary one.
   * Source: service.proto, CreateCryptoKeyVersion; the states: provider facts §8.3 and Cloud KMS documentation, Key
   * version states ("Pending generation … applies to asymmetric keys only").
   */
  addVersion(nowMs: number): KeyVersion {
    const { algorithm, row } = this.template;
    const isAsymmetric = row.purpose === "ASYMMETRIC_SIGN" || row.purpose === "ASYMMETRIC_DECRYPT";
    const number = this.#versions.length + 1;
    const version = new KeyVersion({
      name: `${this.is.name}/cryptoKeyVersions/${number}`,
      number,
      algorithm,
      row,
      level: this.is.level,
      createdAtMs: nowMs,
      generatedAtMs: nowMs + (isAsymmetric ? this.is.generationDelayMs : 0),
    });
    this.#versions.push(version);
    return version;
  }

  /** The version of that number; NOT_FOUND when there is none. */
  version(number: number): KeyVersion {
    const version = this.#versions[number - 1];
    if (version !== undefined) return version;
    const name = `${this.is.name}/cryptoKeyVersions/${number}`;
    throw new GcpError("NOT_FOUND", `CryptoKeyVersion ${name} not found.`);
  }

  /** Makes a version the one that encrypts, in whatever state. Source: Cloud KMS documentation, Key states, Primary. */
  setPrimary(version: KeyVersion): void {
    this.#primary = version;
  }

  /** Does what is due: rotations, and forgetting destroyed key material. Source: resources.proto, next_rotation_time. */
  settle(nowMs: number): void {
    while (this.rotation !== undefined && this.rotation.nextAtMs <= nowMs) {
      const { nextAtMs, periodMs } = this.rotation;
      this.setPrimary(this.addVersion(nextAtMs));
      this.rotation = { periodMs, nextAtMs: nextAtMs + periodMs };
    }
    for (const version of this.#versions) version.settle(nowMs);
  }
}
