import { algorithmRow } from "@kms/core/driver";
import { requirePurpose } from "./algorithms.ts";
import { confirmed, corrupted } from "./checksums.ts";
import type { Connection } from "./client.ts";
import { versionNameOf } from "./key-id.ts";
import { namedBy, type DriverPart } from "./records.ts";

/**
 * Making and verifying HMACs of full length under the version's name. A MAC of another length is wrong, and not asked about:
 * Google would call it a wrong argument.
 */
export const mac = (connection: Connection): DriverPart<"generateMac" | "verifyMac"> => ({
  generateMac: async (key, data, call) => {
    requirePurpose(key, "MAC");
    return connection.send(async ({ client, options, checksums }) => {
      const request = { name: versionNameOf(key.id, key.version), data, dataCrc32c: checksums.of(data) };
      const [answer] = await client.macSign(request, options);
      confirmed({ verifiedDataCrc32c: answer.verifiedDataCrc32c });
      return { bytes: checksums.verified(answer.mac, answer.macCrc32c, "mac"), ...namedBy(answer.name) };
    }, call);
  },
  verifyMac: async (key, data, bytes, call) => {
    requirePurpose(key, "MAC");
    if (bytes.byteLength !== algorithmRow(key.algorithm).signatureBytes) return refused;
    return connection.send(async ({ client, options, checksums }) => {
      const request = {
        name: versionNameOf(key.id, key.version),
        data,
        dataCrc32c: checksums.of(data),
        mac: bytes,
        macCrc32c: checksums.of(bytes),
      };
      const [{ success, verifiedDataCrc32c, verifiedMacCrc32c, verifiedSuccessIntegrity, name }] =
        await client.macVerify(request, options);
      confirmed({ verifiedDataCrc32c, verifiedMacCrc32c });
      // "This value is used for the integrity of [success]; if they contradict each other, discard" (service.proto).
      if ((success === true) !== (verifiedSuccessIntegrity === true)) throw corrupted("success");
      return { valid: success === true, ...namedBy(name) };
    }, call);
  },
});

const refused = Object.freeze({ valid: false, id: undefined, version: undefined });
