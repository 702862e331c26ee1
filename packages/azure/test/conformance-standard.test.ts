import { describeConformance } from "@kms/conformance";
import { afterAll, describe, it } from "vitest";
import expected from "../conformance-standard.expected.json" with { type: "json" };
import { createFlavour } from "./conformance-flavour.ts";

describeConformance(
  { describe, it, afterAll },
  { name: "azure-key-vault (standard, emulator)", create: createFlavour("standard"), expected },
);
