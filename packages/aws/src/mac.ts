import { macAlgorithm } from "./algorithms.ts";
import type { Connection } from "./client.ts";
import { present } from "./errors.ts";
import { namesAnother } from "./key-id.ts";
import type { DriverPart } from "./records.ts";
import { couldBe, isNamed, refused } from "./signing.ts";

/** Making and verifying HMACs of full length. A wrong MAC is an error of AWS's, read by its name (`provider-facts` T12). */
export const mac = (connection: Connection): DriverPart<"generateMac" | "verifyMac"> => ({
  generateMac: async (key, message, call) => {
    const input = { KeyId: key.id, MacAlgorithm: macAlgorithm(key), Message: message };
    const answer = await connection.send((sdk) => new sdk.GenerateMacCommand(input), call);
    return { bytes: present(answer.Mac, "Mac"), id: answer.KeyId, version: undefined };
  },
  verifyMac: async (key, message, bytes, call) => {
    const input = { KeyId: key.id, MacAlgorithm: macAlgorithm(key), Message: message, Mac: bytes };
    if (!couldBe(bytes) || namesAnother(key)) return refused;
    try {
      const answer = await connection.send((sdk) => new sdk.VerifyMacCommand(input), call);
      return { valid: answer.MacValid === true, id: answer.KeyId, version: undefined };
    } catch (cause) {
      if (isNamed(cause, "KMSInvalidMacException")) return refused;
      throw cause;
    }
  },
});
