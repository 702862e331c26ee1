import type { KmsDriver } from "@kms/core/driver";
import { agreement } from "./agreement.ts";
import { awsAlgorithms, type AwsAlgorithm } from "./algorithms.ts";
import { awsCapabilities } from "./capabilities.ts";
import { connect, connected, type Connection } from "./client.ts";
import { dataKeys } from "./data-keys.ts";
import { encryption } from "./encryption.ts";
import { classify } from "./errors.ts";
import { isVersion, sameKey, scopeOf, servesScope } from "./key-id.ts";
import { keys } from "./keys.ts";
import { lifecycle } from "./lifecycle.ts";
import { mac } from "./mac.ts";
import { checkConf, readOptions, type AwsOptions } from "./options.ts";
import { signing } from "./signing.ts";

/**
 * A driver for AWS KMS in one account and Region. Makes no call and loads no SDK until it is used; then it needs the
 * package `@aws-sdk/client-kms` (`UNSUPPORTED` when that is missing). `INVALID_ARGUMENT` for options that do not exist or
 * contradict each other.
 */
export function awsKms(options: AwsOptions = {}): KmsDriver<AwsAlgorithm, never> {
  const checked = readOptions(options);
  const connection = connect(checked);
  return connected(assemble(checked, connection), connection);
}

const assemble = ({ region }: AwsOptions, connection: Connection): KmsDriver<AwsAlgorithm, never> => ({
  specificationVersion: 1,
  capabilities: awsCapabilities,
  algorithms: awsAlgorithms,
  checkConf,
  isVersion,
  sameKey,
  scopeOf,
  serves: (scope) => servesScope(scope, region),
  classify,
  ...keys(connection),
  ...encryption(connection),
  ...dataKeys(connection),
  ...signing(connection),
  ...mac(connection),
  ...agreement(connection),
  ...lifecycle(connection),
  close: connection.close,
});
