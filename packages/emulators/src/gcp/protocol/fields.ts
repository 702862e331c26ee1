import type { ProtocolDefinition, ProtocolField } from "./protocol-definition.ts";
import { DEFINITIONS } from "./definitions.ts";

const at = (path: string): ProtocolDefinition | undefined =>
  path.split(".").reduce<ProtocolDefinition | undefined>((inside, name) => inside?.nested?.[name], DEFINITIONS);

const PACKAGES = ["google.cloud.kms.v1", "google.iam.v1"];
const SERVICES = ["google.cloud.kms.v1.KeyManagementService", "google.iam.v1.IAMPolicy"];

const messageOf = (type: string): ProtocolDefinition | undefined =>
  at(type) ?? PACKAGES.map((name) => at(`${name}.${type}`)).find((found) => found !== undefined);

const typeOf = (method: string, side: "requestType" | "responseType"): string | undefined =>
  SERVICES.map((name) => at(name)?.methods?.[method]).find((found) => found !== undefined)?.[side];

/** Types of which a bit can be flipped: an enumeration would no longer be one of its values. */
const SCALARS: readonly string[] = ["bool", "bytes", "int32", "int64", "string"];

/** Whether the request or response of a method has a scalar field, on its own and not in a list: names with dots. */
export function hasScalar(method: string, side: "requestType" | "responseType", path: string): boolean {
  let type = typeOf(method, side);
  for (const name of path.split(".")) {
    const field: ProtocolField | undefined = type === undefined ? undefined : messageOf(type)?.fields?.[name];
    if (field?.rule === "repeated" || field?.keyType !== undefined) return false;
    type = field?.type;
  }
  return type !== undefined && SCALARS.includes(type);
}

/** Whether the request of a method carries checksums. */
export function hasChecksums(method: string): boolean {
  const type = typeOf(method, "requestType");
  const fields = type === undefined ? undefined : messageOf(type)?.fields;
  return Object.keys(fields ?? {}).some(isChecksum);
}

/** Whether a field is a checksum, by its name. */
export const isChecksum = (name: string): boolean => name.endsWith("Crc32c");
