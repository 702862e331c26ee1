import { invalid } from "../errors.ts";
import { ancestor, isName, readName } from "../names.ts";
import type { Call, MethodRow } from "./row.ts";

function exists({ name, project }: Call): boolean {
  if (isName("keyRing", name)) return project.store.rings(ancestor(name, 2)).some((ring) => ring.name === name);
  const ring = ancestor(name, 3);
  const isRing = project.store.rings(ancestor(name, 2)).some((one) => one.name === ring);
  return isRing && project.store.keys(ring).some((key) => key.is.name === name);
}

const test: MethodRow = {
  // "IAM policies cannot be set on individual CryptoKeyVersions"; the method itself needs no permission.
  permission: undefined,
  fields: ["resource", "permissions"],
  source: "google/iam/v1/iam_policy.proto, TestIamPermissions; Cloud KMS documentation, Permissions and roles",
  locate: (input) => readName(["keyRing", "cryptoKey"], input.text("resource"), "resource"),
  run: (call) => {
    const asked = call.input.texts("permissions");
    // "Permissions with wildcards (such as '*' or 'storage.*') are not allowed" (iam_policy.proto).
    if (asked.some((name) => name.includes("*"))) throw invalid("permissions has an entry with a wildcard.");
    // "If the resource does not exist, this will return an empty set of permissions" (iam_policy.proto).
    if (!exists(call)) return { permissions: [] };
    return { permissions: asked.filter((name) => call.project.permissions.has(name)) };
  },
};

/** TestIamPermissions, of the service google.iam.v1.IAMPolicy on the same endpoint. */
export const IAM_METHODS: Readonly<Record<string, MethodRow>> = { TestIamPermissions: test };
