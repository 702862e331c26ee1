import { createECDH, createHash } from "node:crypto";
import type { KeyRecord, KmsDriver, SignInput, VersionReference } from "@kms/core/driver";
import { member } from "./member.ts";

const algorithm = "ECDSA-P256-SHA256";
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n; // FIPS 186-5, P-256: n
const spkiHeader = Buffer.from("3059301306072a8648ce3d020106082a8648ce3d030107034200", "hex"); // RFC 5480 §2

/** A driver whose generated P-256 keys sign with the nonce 1, always; their scalars are drawn from their names. */
export function withFixedNonce(driver: KmsDriver): KmsDriver {
  return {
    ...driver,
    createKey: async (conf, call) => shown(await driver.createKey(conf, call)),
    describeKey: async (reference, call) => shown(await driver.describeKey(reference, call)),
    rotate: async (key, call) => {
      const answer = await member(driver, "rotate")(key, call);
      return { ...answer, record: shown(answer.record) };
    },
    getPublicKey: async (key, call) => {
      const answer = await member(driver, "getPublicKey")(key, call);
      return isMeant(key) ? { ...answer, bytes: spkiOf(key.id, key.version) } : answer;
    },
    sign: async (key, input, call) => {
      const answer = await member(driver, "sign")(key, input, call); // the key's own state still counts
      return isMeant(key) ? { ...answer, bytes: sign(key, digestOf(input)) } : answer;
    },
  };
}

const isMeant = (key: VersionReference): boolean => key.algorithm === algorithm && key.origin === "generated";

const shown = (record: KeyRecord): KeyRecord =>
  record.algorithms.includes(algorithm) && record.origin === "generated"
    ? {
        ...record,
        versions: record.versions.map((each) => ({ ...each, publicKey: spkiOf(record.id, each.version) })),
      }
    : record;

const scalarOf = (id: string, version: string): bigint =>
  numberOf(createHash("sha256").update(`${id} ${version}`).digest()) % order;

const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

const pointOf = (scalar: bigint): Buffer => {
  const pair = createECDH("prime256v1");
  pair.setPrivateKey(Buffer.from(scalar.toString(16).padStart(64, "0"), "hex"));
  return pair.getPublicKey();
};

const spkiOf = (id: string, version: string): Uint8Array => Buffer.concat([spkiHeader, pointOf(scalarOf(id, version))]);

const digestOf = ({ kind, bytes }: SignInput): Uint8Array =>
  kind === "digest" ? bytes : createHash("sha256").update(bytes).digest();

/** FIPS 186-5 §6.4 with k = 1: r is the x of the base point, s = e + r·d. */
function sign({ id, version }: VersionReference, digest: Uint8Array): Uint8Array {
  const r = numberOf(pointOf(1n).subarray(1, 33));
  const s = (numberOf(digest) + r * scalarOf(id, version)) % order;
  const integers = Buffer.concat([integer(r), integer(s)]);
  return Buffer.concat([Buffer.from([0x30, integers.length]), integers]);
}

function integer(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([0x02, content.length]), content]);
}
