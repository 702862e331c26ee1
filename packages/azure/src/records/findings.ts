import type { Finding, NativeState } from "@kms/core/driver";
import type { Description, Rotation, VersionShape } from "../records.ts";

/** What only the driver sees of a key: wider use than one purpose needs, what cannot be read, a rotation that brings it back. */
export function findingsOf({ shape, rotation }: Description, state: NativeState): readonly Finding[] | undefined {
  const findings: readonly Finding[] = [...wideness(shape), ...sizes(shape), ...rotations(rotation, state)];
  return findings.length === 0 ? undefined : findings;
}

const purposes: readonly (readonly string[])[] = [
  ["sign", "verify"],
  ["encrypt", "decrypt", "wrapKey", "unwrapKey"],
];
const symmetricPurposes: readonly (readonly string[])[] = [
  ["encrypt", "decrypt"],
  ["wrapKey", "unwrapKey"],
  ["sign", "verify"],
];

/** Terraform's default is all six `key_ops`: such a key can do more than any purpose needs. */
function wideness({ keyType, keyOps }: VersionShape): readonly Finding[] {
  const of = keyType.startsWith("oct") ? symmetricPurposes : purposes;
  if (of.filter((purpose) => purpose.some((operation) => keyOps.includes(operation))).length < 2) return [];
  return [
    {
      what: "the key allows operations of more than one purpose; narrow its key_ops",
      found: keyOps.join(", "),
      severity: "warning",
    },
  ];
}

const sizes = ({ keyType }: VersionShape): readonly Finding[] =>
  keyType.startsWith("oct")
    ? [{ what: "size not verifiable: Azure shows no size of a symmetric key", severity: "info" }]
    : [];

function rotations({ policy, text }: Rotation, state: NativeState): readonly Finding[] {
  if (policy === "denied") {
    return [
      { what: "whether the key rotates by itself could not be read: reading its policy is denied", severity: "info" },
    ];
  }
  if (policy !== "rotates" || state === "enabled") return [];
  return [
    { what: "the key rotates by itself, and its next version will be enabled", found: text, severity: "warning" },
  ];
}
