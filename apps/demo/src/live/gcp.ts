import type { KmsDriver } from "@kms/core";
import { gcpKms, permissions, type GcpOptions } from "@kms/gcp";
import { recordIn, textIn } from "../backends/connection.ts";
import { liveBackend } from "./live-backend.ts";
import { announce, type LiveProvider } from "./live-provider.ts";

const name = "gcp-live";
const title = "Google Cloud KMS, your own key";
const keyName = /^(projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+)\/cryptoKeys\/[^/]+$/;

/** The same as `liveGcp`, by a client of the caller's: for an emulator, which no setting of the SDK's leads to. */
export function liveGcpWith({ client }: Pick<GcpOptions, "client">): LiveProvider {
  const driverFor = (keyRing: string): KmsDriver => gcpKms({ keyRing, client });
  return {
    problemOf: ({ key, region }) => {
      if (region !== undefined) return "--region is for --live aws: the name of a key of Google's says where it is";
      if (keyName.test(key)) return undefined;
      return "--key takes projects/<id>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>";
    },
    announcement: ({ key }, files) =>
      announce({
        title,
        key,
        files,
        permissions,
        // https://cloud.google.com/kms/pricing
        highestRate: 0.15,
        rates: "Google asks 0.03 USD for 10,000, and 0.15 USD under most asymmetric keys in an HSM",
      }),
    backend: (request) => {
      const keyRing = keyName.exec(request.key)?.[1] ?? "";
      const facts = ["credentials as the SDK finds them"];
      return liveBackend({ name, title, request, facts, driver: () => driverFor(keyRing), connection: { keyRing } });
    },
    connect: async (connection) => driverFor(textIn(recordIn(connection)["keyRing"])),
  };
}

/** A key in the reader's own project. Credentials are found by the SDK's own chain, in both processes. */
export const liveGcp: LiveProvider = liveGcpWith({});
