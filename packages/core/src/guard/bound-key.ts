import type { KeyObject } from "node:crypto";
import { publicKeyOf } from "../algorithms/primitives.ts";
import { algorithmRow, type AlgorithmRow } from "../algorithms/registry.ts";
import type { CapabilityRow } from "../contract/capabilities.ts";
import type { KeyReference, Target, VersionReference } from "../contract/driver.ts";
import { KmsError } from "../errors.ts";
import type { Binding, HandleClaims, PinnedVersion } from "../keys/handle.ts";
import { encodeHeader, headerDigest } from "../keys/ciphertext-header.ts";
import type { Instance } from "./instance.ts";
import type { KeyMemory } from "./memory.ts";
import type { Provider } from "./provider.ts";

/** A key version as a driver is told of it, with the header of its ciphertexts: made once per handle and version. */
export interface PreparedVersion {
  readonly target: Target;
  readonly header: Uint8Array<ArrayBuffer>;
  readonly headerEntry: string;
}

/** What a genuine handle is bound to: its claims, the provider and capability row, and what is worked out once. */
export class BoundKey implements Binding {
  readonly claims: HandleClaims;
  readonly provider: Provider;
  readonly row: CapabilityRow;
  readonly algorithm: AlgorithmRow;
  readonly reference: KeyReference;
  /** The instance that made the handle. */
  readonly owner: Instance;
  readonly memory: KeyMemory;
  readonly #prepared = new Map<string | undefined, PreparedVersion>();
  readonly #publicKeys = new Map<string, KeyObject>();

  constructor(instance: Instance, provider: Provider, row: CapabilityRow, claims: HandleClaims) {
    this.owner = instance;
    this.provider = provider;
    this.row = row;
    this.claims = claims;
    this.memory = instance.memories.of(provider.name, claims.keyId);
    this.algorithm = algorithmRow(claims.algorithm);
    const { keyId: id, algorithm, native, protection, origin } = claims;
    const pinned = Object.freeze(claims.versions.map(({ version }) => version));
    this.reference = Object.freeze({ id, algorithm, native, protection, origin, pinned });
  }

  /** A version, or undefined where the provider picks it. Versions of foreign ciphertexts are not kept. */
  prepared(version: string | undefined): PreparedVersion {
    let prepared = this.#prepared.get(version);
    if (prepared === undefined) {
      prepared = this.#prepare(version);
      if (version === undefined || version === this.memory.currentVersion || this.pinned(version) !== undefined) {
        this.#prepared.set(version, prepared);
      }
    }
    return prepared;
  }

  /** A version as operations without a header name it. */
  versionReference(version: string): VersionReference {
    const { target } = this.prepared(version);
    return target as VersionReference;
  }

  /** What the handle pins of a version. */
  pinned(version: string): PinnedVersion | undefined {
    return this.claims.versions.find((pinned) => pinned.version === version);
  }

  /** The version that signs, makes MACs and encrypts under RSA. `INVALID_STATE` where no usable one was there when the handle was made. */
  get signingVersion(): string {
    const { signingVersion, keyId } = this.claims;
    if (signingVersion === undefined) {
      throw new KmsError("INVALID_STATE", "No version of this key was usable when the handle was made; refresh it.", {
        keyId,
        state: "suspended",
      });
    }
    return signingVersion;
  }

  /** The pinned public key of a version. `STALE_HANDLE` for one that the handle does not pin. */
  publicKey(version: string): KeyObject {
    const known = this.#publicKeys.get(version);
    if (known !== undefined) return known;
    const spki = this.pinned(version)?.publicKey?.spki;
    if (spki === undefined) {
      throw new KmsError(
        "STALE_HANDLE",
        "This handle does not pin the key version asked for; refreshHandle reads the provider and pins it.",
        { keyId: this.claims.keyId },
      );
    }
    const key = publicKeyOf(spki, this.claims.algorithm);
    this.#publicKeys.set(version, key);
    return key;
  }

  #prepare(version: string | undefined): PreparedVersion {
    const { kind, keyId, algorithm } = this.claims;
    const header = encodeHeader({ kind, keyId, keyVersion: version ?? null, algorithm });
    return { target: Object.freeze({ ...this.reference, version }), header, headerEntry: headerDigest(header) };
  }
}
