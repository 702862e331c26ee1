/**
 * Writes src/gcp/protocol/definitions.ts anew from the definitions that the installed official client ships:
 * `npx tsx packages/emulators/test/gcp/protocol/write-definitions.ts && npx oxfmt packages/emulators/src/gcp/protocol`.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { definitionsOfOfficialClient } from "./source.ts";

/** The file that holds the definitions. */
export const DEFINITIONS_FILE: URL = new URL("../../../src/gcp/protocol/definitions.ts", import.meta.url);

/** What stands in the file before the definitions. */
export const DEFINITIONS_HEADER = `import type { ProtocolDefinition } from "./protocol-definition.ts";

// Copyright 2026 Google LLC, Apache License 2.0. Made from google/cloud/kms/v1/{service,resources}.proto,
// google/iam/v1/iam_policy.proto and google/rpc/{status,error_details}.proto, as @google-cloud/kms ships them,
// by test/gcp/protocol/write-definitions.ts: the methods that the emulator has and what they reach, without options.

/** Google's public definitions of the protocol, as protobuf.js reads them. */
export const DEFINITIONS: ProtocolDefinition = `;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(
    DEFINITIONS_FILE,
    `${DEFINITIONS_HEADER}${JSON.stringify(definitionsOfOfficialClient(), undefined, 1)};\n`,
  );
}
