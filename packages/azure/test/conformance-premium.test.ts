import { describeConformance } from "@kms/conformance";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance-premium.expected.json" with { type: "json" };
import { createFlavour } from "./conformance-flavour.ts";

describeConformance(
  { describe, it, afterAll },
  { name: "azure-key-vault (premium, emulator)", create: createFlavour("premium"), expected },
);
