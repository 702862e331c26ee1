import { randomBytes } from "../../primitives.ts";
import { badParameter, notImplemented } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { OperationRow } from "./row.ts";
import { text } from "./usable-version.ts";

const generate: OperationRow = {
  needs: { rbac: undefined, "access-policy": undefined, "local-rbac": "Microsoft.KeyVault/managedHsm/rng/action" },
  fields: ["count"],
  since: "7.3",
  flavours: ["managed-hsm"],
  source: "learn.microsoft.com/rest/api/keyvault/keys/get-random-bytes; provider facts §1.2 (Managed HSM only)",
  run: ({ input }) => {
    const count = input.integer("count");
    if (count === undefined || count < LIMITS.randomBytes.minimum) throw badParameter("Property count is 1 or more.");
    if (count > LIMITS.randomBytes.maximum) throw notImplemented("more than 128 random bytes");
    return { value: text(randomBytes(count)) };
  },
};

/** GetRandomBytes. */
export const RANDOM_OPERATIONS: Readonly<Record<string, OperationRow>> = { GetRandomBytes: generate };
