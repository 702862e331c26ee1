import { ALGORITHMS, type ProtectionLevel, type Purpose } from "../algorithms.ts";
import type { RotationSchedule, VersionTemplate } from "../crypto-key.ts";
import { invalid, notImplemented } from "../errors.ts";
import type { Input } from "../input.ts";
import { LIMITS, within } from "../limits.ts";

const PURPOSES: readonly string[] = ["ENCRYPT_DECRYPT", "ASYMMETRIC_SIGN", "ASYMMETRIC_DECRYPT", "MAC"];
const isPurpose = (name: string): name is Purpose => PURPOSES.includes(name);

/** The purpose of a new key; INVALID_ARGUMENT without one (provider facts §8.3). */
export function readPurpose(key: Input): Purpose {
  const purpose = key.choice("purpose");
  if (purpose === undefined) throw invalid("Field crypto_key.purpose is required.");
  if (!isPurpose(purpose)) throw notImplemented(`the purpose ${purpose}`);
  return purpose;
}

/** The protection level of a new key. Source: resources.proto, CryptoKeyVersionTemplate ("Defaults to SOFTWARE"). */
export function readLevel(template: Input | undefined): ProtectionLevel {
  const level = template?.choice("protectionLevel") ?? "SOFTWARE";
  if (level !== "SOFTWARE" && level !== "HSM") throw notImplemented(`the protection level ${level}`);
  return level;
}

/**
 * The algorithm of new versions; INVALID_ARGUMENT for one that the purpose or the protection level does not have.
 * Source: provider facts §8.3; kms-integrations, fakekms/contract/update_crypto_key_test.go; resources.proto.
 */
export function readTemplate(template: Input | undefined, purpose: Purpose, level: ProtectionLevel): VersionTemplate {
  const implied = purpose === "ENCRYPT_DECRYPT" ? "GOOGLE_SYMMETRIC_ENCRYPTION" : undefined;
  const algorithm = template?.choice("algorithm") ?? implied;
  if (algorithm === undefined) throw invalid("Field version_template.algorithm is required.");
  const row = ALGORITHMS.get(algorithm);
  if (row === undefined) throw notImplemented(`the algorithm ${algorithm}`);
  if (row.purpose !== purpose) throw invalid(`The algorithm ${algorithm} is not one of keys with purpose ${purpose}.`);
  if (!row.levels.includes(level)) {
    if (level === "SOFTWARE") throw invalid(`The algorithm ${algorithm} is not one of protection level ${level}.`);
    throw notImplemented(`the algorithm ${algorithm} with protection level ${level}`);
  }
  return { algorithm, row };
}

/**
 * When a key is rotated. Source: resources.proto, CryptoKey.rotation_period and next_rotation_time: a period needs a
 * time, lies between 24 and 876,000 hours, and only ENCRYPT_DECRYPT keys have one.
 */
export function readRotation(
  { periodMs, nextAtMs }: { readonly periodMs: number | undefined; readonly nextAtMs: number | undefined },
  purpose: Purpose,
  nowMs: number,
): RotationSchedule | undefined {
  if (periodMs === undefined && nextAtMs === undefined) return undefined;
  if (purpose !== "ENCRYPT_DECRYPT") throw invalid(`Keys with purpose ${purpose} are not rotated automatically.`);
  if (periodMs === undefined) throw notImplemented("next_rotation_time without rotation_period");
  if (nextAtMs === undefined) throw invalid("rotation_period needs next_rotation_time.");
  if (!within(periodMs, LIMITS.rotationPeriodMs)) throw invalid("rotation_period is between 24 and 876000 hours.");
  if (nextAtMs <= nowMs) throw notImplemented("a next_rotation_time that is not in the future");
  return { periodMs, nextAtMs };
}

/**
 * Labels; INVALID_ARGUMENT outside their grammar. Source: Cloud KMS documentation, Labeling keys, Requirements for
 * labels: at most 64, keys of 1 to 63 and values of up to 63 lower-case letters, digits, _ and -.
 */
export function readLabels(key: Input): ReadonlyMap<string, string> {
  const labels = key.map("labels");
  if (labels.size > 64) throw invalid("A key has at most 64 labels.");
  for (const [name, value] of labels) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(name) || !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) {
      throw invalid(`Label ${JSON.stringify(name)} does not match the requirements for labels.`);
    }
  }
  return labels;
}
