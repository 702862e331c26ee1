import type { Case } from "../case.ts";
import { agreementCases } from "./agreement.ts";
import { answerCases } from "./answers.ts";
import { associatedDataCases } from "./associated-data.ts";
import { auditCases } from "./audit.ts";
import { capabilityCases } from "./capabilities.ts";
import { ciphertextCases } from "./ciphertexts.ts";
import { controlCases } from "./control.ts";
import { dataKeyCases } from "./data-keys.ts";
import { destructionCases } from "./destruction.ts";
import { encryptionCases } from "./encryption.ts";
import { exportingCases } from "./exporting.ts";
import { faultCases } from "./faults.ts";
import { forgedSignatureCases } from "./forged-signatures.ts";
import { generationCases } from "./generation.ts";
import { handleCases } from "./handles.ts";
import { importingCases } from "./importing.ts";
import { inputCopyCases } from "./input-copies.ts";
import { inputCases } from "./inputs.ts";
import { instanceCases } from "./instance.ts";
import { leakageCases } from "./leakage.ts";
import { longInputCases } from "./long-inputs.ts";
import { lookupCases } from "./lookup.ts";
import { macCases } from "./macs.ts";
import { nonceCases } from "./nonces.ts";
import { restrictionCases } from "./restriction.ts";
import { rotatedVersionCases } from "./rotated-versions.ts";
import { rotationCases } from "./rotation.ts";
import { signatureCases } from "./signatures.ts";
import { stateCases } from "./states.ts";
import { stateDateCases } from "./state-dates.ts";
import { tokenPlaceCases } from "./token-places.ts";
import { tokenCases } from "./tokens.ts";
import { transitionCases } from "./transitions.ts";
import { useOnlyCases } from "./use-only.ts";
import { wrappingCases } from "./wrapping.ts";

/** Every case of the suite, in the order in which they run. */
export const allCases: readonly Case[] = [
  ...capabilityCases,
  ...generationCases,
  ...importingCases,
  ...exportingCases,
  ...lookupCases,
  ...encryptionCases,
  ...associatedDataCases,
  ...ciphertextCases,
  ...dataKeyCases,
  ...signatureCases,
  ...forgedSignatureCases,
  ...macCases,
  ...agreementCases,
  ...wrappingCases,
  ...longInputCases,
  ...nonceCases,
  ...answerCases,
  ...rotationCases,
  ...rotatedVersionCases,
  ...stateCases,
  ...stateDateCases,
  ...transitionCases,
  ...destructionCases,
  ...handleCases,
  ...tokenCases,
  ...tokenPlaceCases,
  ...restrictionCases,
  ...useOnlyCases,
  ...inputCases,
  ...inputCopyCases,
  ...leakageCases,
  ...auditCases,
  ...controlCases,
  ...faultCases,
  ...instanceCases,
];
