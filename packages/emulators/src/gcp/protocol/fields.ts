import type { ProtocolDefinition } from "./protocol-definition.ts";
import { DEFINITIONS } from "./definitions.ts";

const at = (path: string): ProtocolDefinition | undefined =>
  path.split(".").reduce<ProtocolDefinition | undefined>((inside, name) => inside?.nested?.[name], DEFINITIONS);

const PACKAGES = ["google.cloud.kms.v1", "google.iam.v1"];
const SERVICES = ["google.cloud.kms.v1.KeyManagementService", "google.iam.v1.IAMPolicy"];

const messageOf = (type: string): ProtocolDefinition | undefined =>
  at(type) ?? PACKAGES.map((name) => at(`${name}.${type}`)).find((found) => found !== undefined);

/** Whether the request or response of a method has a field: names with dots between them. */
export function hasField(method: string, side: "requestType" | "responseType", path: string): boolean {
  const type = SERVICES.map((name) => at(name)?.methods?.[method]).find((found) => found !== undefined)?.[side];
  let message = type === undefined ? undefined : messageOf(type);
  let found = false;
  for (const name of path.split(".")) {
    const field = message?.fields?.[name];
    found = field !== undefined;
    message = field === undefined ? undefined : messageOf(field.type);
  }
  return found;
}
