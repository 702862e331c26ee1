import { randomBytes } from "../../primitives.ts";
import { checksumOf } from "../checksums.ts";
import { invalid, notImplemented } from "../errors.ts";
import { LIMITS, within } from "../limits.ts";
import { readName } from "../names.ts";
import { type MethodRow, permission } from "./row.ts";

const generate: MethodRow = {
  permission: permission("locations.generateRandomBytes"),
  fields: ["location", "lengthBytes", "protectionLevel"],
  source: "service.proto, GenerateRandomBytes; kms-integrations, fakekms/contract/generate_random_test.go",
  locate: (input) => readName(["location"], input.text("location"), "location"),
  run: ({ input }) => {
    const level = input.choice("protectionLevel");
    // Here the service itself answers UNIMPLEMENTED (generate_random_test.go).
    if (level !== "HSM") throw notImplemented(`random bytes of protection level ${level ?? "UNSPECIFIED"}`);
    const length = input.integer("lengthBytes");
    if (!within(length, LIMITS.randomBytes)) throw invalid("length_bytes is between 8 and 1024.");
    const data = randomBytes(length);
    return { data, dataCrc32c: checksumOf(data) };
  },
};

/** GenerateRandomBytes. */
export const RANDOM_METHODS: Readonly<Record<string, MethodRow>> = { GenerateRandomBytes: generate };
