import type { KmsDriver } from "@kms/core/driver";
import { gcpAlgorithms, type GcpAlgorithm } from "./algorithms.ts";
import { gcpCapabilities } from "./capabilities.ts";
import { connect } from "./client.ts";
import { dataKeys } from "./data-keys.ts";
import { encryption } from "./encryption.ts";
import { classify } from "./errors.ts";
import { isVersion, parseKeyRing, sameKey, scopeOf } from "./key-id.ts";
import { keys } from "./keys.ts";
import { lifecycle } from "./lifecycle.ts";
import { mac } from "./mac.ts";
import { checkConf, readOptions, type GcpOptions } from "./options.ts";
import { signing } from "./signing.ts";

/**
 * A driver for Cloud KMS in one project and location. Makes no call and loads no SDK until it is used; then it needs the
 * package `@google-cloud/kms` (`UNSUPPORTED` when that is missing). `INVALID_ARGUMENT` for options that do not exist or
 * contradict each other, and for a key ring that is no full name of one.
 */
export function gcpKms(options: GcpOptions): KmsDriver<GcpAlgorithm, never> {
  const checked = readOptions(options);
  const connection = connect(checked);
  const location = parseKeyRing(checked.keyRing)?.location;
  return {
    specificationVersion: 1,
    capabilities: gcpCapabilities,
    algorithms: gcpAlgorithms,
    checkConf,
    isVersion,
    sameKey,
    scopeOf,
    serves: (scope) => scope === location,
    classify,
    ...keys(connection, checked),
    ...encryption(connection),
    ...dataKeys(connection),
    ...signing(connection),
    ...mac(connection),
    ...lifecycle(connection),
    close: connection.close,
  };
}
