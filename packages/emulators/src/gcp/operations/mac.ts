import { equalBytes, hmac } from "../../primitives.ts";
import { checksumOf } from "../checksums.ts";
import { GcpError, invalid, notImplemented } from "../errors.ts";
import { LIMITS, within } from "../limits.ts";
import { readName } from "../names.ts";
import { type Call, type MethodRow, ofKey, permission } from "./row.ts";
import { type UsableVersion, usableVersion } from "./usable-version.ts";

interface Tagged extends UsableVersion {
  readonly mac: Uint8Array;
  readonly verifiedDataCrc32c: boolean;
}

async function tag(call: Call): Promise<Tagged> {
  const usable = await usableVersion(call, ["MAC"]);
  const { scheme } = usable.version.is.row;
  if (scheme.kind !== "mac" || usable.material.kind !== "secret") {
    throw new GcpError("INTERNAL", "A MAC key has no secret.");
  }
  const data = call.input.requiredBytes("data");
  const limit = usable.key.is.level === "HSM" ? LIMITS.hsmMacDataBytes : LIMITS.macDataBytes;
  if (!within(data.length, limit)) throw notImplemented(`data of more than ${limit.maximum} bytes`);
  const verifiedDataCrc32c = call.input.verifies("dataCrc32c", data);
  return { ...usable, mac: hmac(scheme.hash, usable.material.secret, data), verifiedDataCrc32c };
}

const sign: MethodRow = {
  permission: permission("cryptoKeyVersions.useToSign"),
  on: ofKey,
  fields: ["name", "data", "dataCrc32c"],
  source: "service.proto, MacSign; kms-integrations, fakekms/contract/mac_test.go",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: async (call) => {
    const { key, version, mac, verifiedDataCrc32c } = await tag(call);
    return {
      name: version.is.name,
      mac,
      macCrc32c: checksumOf(mac),
      verifiedDataCrc32c,
      protectionLevel: key.is.level,
    };
  },
};

const verify: MethodRow = {
  permission: permission("cryptoKeyVersions.useToVerify"),
  on: ofKey,
  fields: ["name", "data", "dataCrc32c", "mac", "macCrc32c"],
  source: "service.proto, MacVerify; kms-integrations, fakekms/contract/mac_test.go",
  locate: (input) => readName(["cryptoKeyVersion"], input.text("name"), "name"),
  run: async (call) => {
    const { key, version, mac, verifiedDataCrc32c } = await tag(call);
    const claimed = call.input.requiredBytes("mac");
    const verifiedMacCrc32c = call.input.verifies("macCrc32c", claimed);
    // kms-integrations, fakekms/symmetric_rpcs.go, MacVerify.
    if (claimed.length !== mac.length) throw invalid(`mac has ${mac.length} bytes for this key version.`);
    const success = equalBytes(mac, claimed);
    return {
      name: version.is.name,
      success,
      verifiedDataCrc32c,
      verifiedMacCrc32c,
      verifiedSuccessIntegrity: success,
      protectionLevel: key.is.level,
    };
  },
};

/** MacSign and MacVerify. */
export const MAC_METHODS: Readonly<Record<string, MethodRow>> = { MacSign: sign, MacVerify: verify };
