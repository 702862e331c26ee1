import type { Refusal } from "../attempt.ts";
import type { Scene, Step } from "../scene.ts";
import { tamperedData } from "./tampered-data.ts";
import { tamperedTokens } from "./tampered-tokens.ts";

/** Tampers with tokens, configurations, ciphertexts, associated data, messages, signatures and MACs: each must be refused. */
export const tampering: Step = {
  name: "tampering",
  run: async (scene: Scene) => {
    const refusals: readonly Refusal[] = [...(await tamperedTokens(scene)), ...(await tamperedData(scene))];
    const refused = refusals.filter(({ ok }) => ok).length;
    return { facts: [`${refused} of ${refusals.length} tampered inputs refused as they must be`], refusals };
  },
};
