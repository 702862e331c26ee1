import { createHash } from "node:crypto";
import type { AssociatedData, KmsDriver, Target } from "@kms/core/driver";
import { member } from "./member.ts";

/** A `decrypt` that opens a body under whichever version made it, though the header named another. */
export function tryingEachVersion(driver: KmsDriver): NonNullable<KmsDriver["decrypt"]> {
  return async (key, ciphertext, associatedData, call) => {
    const decrypt = member(driver, "decrypt");
    const { versions } = await driver.describeKey(key.id, call);
    let refusal: unknown;
    for (const version of [key.version, ...versions.map((each) => each.version)]) {
      try {
        const entries =
          version === key.version
            ? associatedData
            : underHeaderOf(driver.capabilities.kind, { ...key, version }, associatedData);
        return { ...(await decrypt({ ...key, version }, ciphertext, entries, call)), version: key.version };
      } catch (error) {
        refusal ??= error;
      }
    }
    throw refusal;
  };
}

/** The associated data as it was when this version's header stood in front (`crypto-rules` 5, 7, 8). */
function underHeaderOf(kind: string, key: Target, { map }: AssociatedData): AssociatedData {
  const fields = Buffer.concat([kind, key.id, key.version ?? "", key.algorithm].map((text) => field(text)));
  const header = Buffer.concat([Buffer.from("kms\u0001"), u16(fields.length), fields]);
  const entries = { ...map, "kms-header": createHash("sha256").update(header).digest("base64url") };
  const sorted = Object.entries(entries).toSorted(([left], [right]) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right)),
  );
  return { map: entries, bytes: Buffer.concat([u16(sorted.length), ...sorted.flat().map((text) => field(text))]) };
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

const field = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([u16(bytes.length), bytes]);
};
