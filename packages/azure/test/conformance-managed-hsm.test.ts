import { describeConformance } from "@kms/conformance";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance-managed-hsm.expected.json" with { type: "json" };
import { createFlavour } from "./conformance-flavour.ts";

describeConformance(
  { describe, it, afterAll },
  { name: "azure-managed-hsm (emulator)", create: createFlavour("managed-hsm"), expected },
);
