import { describeConformance } from "@kms/conformance";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance-managed-hsm.expected.json" with { type: "json" };
import { createFlavour } from "./conformance-flavour.ts";

/**
 * What no document settles (`contract-fit` §1, Open; of dates, words and code), the other way than in the other runs; and recovery and purging
 * that take their time. A deletion that does is in `lifecycle.test.ts`.
 */
const create = createFlavour("managed-hsm", {
  disabledGet: "refused",
  dateRefusal: "bare",
  rotateCopiesTags: true,
  recoverKeepsEnabled: false,
  recoveryDelayMs: 3_000,
  purgeDelayMs: 1_000,
});

const name = "azure-managed-hsm (open questions the other way)";
describeConformance({ describe, it, afterAll }, { name, create, expected });
