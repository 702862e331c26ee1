import { equalBytes, hmac, openAesGcm, randomBytes, sealAesGcm } from "../primitives.ts";
import { packKeyId, unpackKeyId } from "./key-id.ts";
import type { KeyMaterial } from "./key-materials.ts";
import type { KmsKey } from "./kms-key.ts";

/** What a ciphertext blob names. */
export interface BlobNames {
  readonly keyId: string;
  readonly materialId: string;
}

/** A blob that this emulator made, its metadata verified, its body not yet. */
export interface Blob extends BlobNames {
  readonly bytes: Uint8Array;
}

/** First bytes: of a blob of a key of one Region, and of a multi-Region key. */
const [SINGLE_REGION, MULTI_REGION] = [1, 2];
const KEY_END = 1 + 16;
const MATERIAL_END = KEY_END + 32;
const HEADER_END = MATERIAL_END + 16;
const NONCE_END = HEADER_END + 12;
const TAG_LENGTH = 16;
const utf8 = new TextEncoder();

// Length-prefixed, so that no two contexts serialise alike; sorted, because the service compares maps.
function canonicalContext(context: ReadonlyMap<string, string>): Uint8Array {
  const parts = [...context].toSorted(([a], [b]) => (a < b ? -1 : 1)).flat();
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = utf8.encode(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/**
 * Opaque ciphertext blobs, which name key and key material (provider facts, "Ciphertext, nonce, context").
 * Layout: format 1 ‖ key id 16 ‖ material id 32 ‖ HMAC of these, truncated to 16 ‖ nonce 12 ‖ body ‖ tag 16.
 * The HMAC lets altered metadata be an invalid ciphertext, and only a genuine blob of another key an incorrect key.
 */
export class CiphertextFormat {
  readonly #metadataKey = randomBytes(32);

  /** A blob of `plaintext` under the current material of a symmetric key. */
  seal(key: KmsKey, plaintext: Uint8Array, context: ReadonlyMap<string, string>): Uint8Array {
    const { id, secret } = key.materials.current;
    const { bytes, isMultiRegion } = packKeyId(key.id);
    const format = isMultiRegion ? MULTI_REGION : SINGLE_REGION;
    const names = Buffer.concat([Buffer.from([format]), bytes, Buffer.from(id, "hex")]);
    const header = Buffer.concat([names, this.#authenticate(names)]);
    const sealed = sealAesGcm(secret, plaintext, Buffer.concat([header, canonicalContext(context)]));
    return new Uint8Array(Buffer.concat([header, sealed.nonce, sealed.body, sealed.tag]));
  }

  /** What a blob names; `undefined` when this emulator did not make its metadata. */
  read(bytes: Uint8Array): Blob | undefined {
    const isMultiRegion = bytes[0] === MULTI_REGION;
    if (bytes.length < NONCE_END + TAG_LENGTH || !(isMultiRegion || bytes[0] === SINGLE_REGION)) return undefined;
    const names = bytes.subarray(0, MATERIAL_END);
    if (!equalBytes(this.#authenticate(names), bytes.subarray(MATERIAL_END, HEADER_END))) return undefined;
    return {
      keyId: unpackKeyId(names.subarray(1, KEY_END), isMultiRegion),
      materialId: Buffer.from(names.subarray(KEY_END)).toString("hex"),
      bytes,
    };
  }

  /** The plaintext; `undefined` for a changed body or another encryption context. */
  open({ bytes }: Blob, material: KeyMaterial, context: ReadonlyMap<string, string>): Uint8Array | undefined {
    const sealed = {
      nonce: bytes.subarray(HEADER_END, NONCE_END),
      body: bytes.subarray(NONCE_END, -TAG_LENGTH),
      tag: bytes.subarray(-TAG_LENGTH),
    };
    const associatedData = Buffer.concat([bytes.subarray(0, HEADER_END), canonicalContext(context)]);
    return openAesGcm(material.secret, sealed, associatedData);
  }

  #authenticate(names: Uint8Array): Uint8Array {
    return hmac("sha256", this.#metadataKey, names).subarray(0, HEADER_END - MATERIAL_END);
  }
}
