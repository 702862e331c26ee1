import { KmsError } from "@kms/core";
import { invalidArgument } from "../errors.ts";
import { commits, suiteName, type Suite } from "../format/suites.ts";

/**
 * Which suites a message may have (framework/commitment-policy). Only those that commit are ever written here, so what
 * remains is whether others are read: the policies that end in `allow-decrypt` read all, the default those alone that commit.
 */
export type CommitmentPolicy =
  | "require-encrypt-require-decrypt"
  | "require-encrypt-allow-decrypt"
  | "forbid-encrypt-allow-decrypt";

const policies: ReadonlySet<string> = new Set<CommitmentPolicy>([
  "require-encrypt-require-decrypt",
  "require-encrypt-allow-decrypt",
  "forbid-encrypt-allow-decrypt",
]);

/** A commitment policy, the strictest when none is given; `INVALID_ARGUMENT` for anything else. */
export function readCommitmentPolicy(given: unknown): CommitmentPolicy {
  if (given === undefined) return "require-encrypt-require-decrypt";
  if (typeof given === "string" && policies.has(given)) return given as CommitmentPolicy;
  throw invalidArgument("use the commitment policy", "it is none", `Choose of ${[...policies].join(", ")}.`);
}

/** `POLICY_VIOLATION` for a message whose suite does not commit, under a policy that reads those alone. */
export function checkSuite(policy: CommitmentPolicy, suite: Suite): void {
  if (policy !== "require-encrypt-require-decrypt" || commits(suite)) return;
  throw new KmsError(
    "POLICY_VIOLATION",
    `The message has suite ${suiteName(suite.id)}, which does not commit to one key. ` +
      "Where such messages are known to exist, give commitmentPolicy: 'require-encrypt-allow-decrypt'.",
  );
}

/** `POLICY_VIOLATION` for making a message under the policy that forbids the only suites that are written. */
export function checkEncrypt(policy: CommitmentPolicy): void {
  if (policy !== "forbid-encrypt-allow-decrypt") return;
  throw new KmsError(
    "POLICY_VIOLATION",
    "The commitment policy forbids suites that commit, and no others are written. Choose require-encrypt-allow-decrypt.",
  );
}
