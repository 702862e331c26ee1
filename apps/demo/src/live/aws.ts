import { awsKms, permissions } from "@kms/aws";
import { recordIn, textIn } from "../backends/connection.ts";
import { liveBackend } from "./live-backend.ts";
import { announce, type LiveProvider, type LiveRequest } from "./live-provider.ts";

const name = "aws-live";
const title = "AWS KMS, your own key";

/** A key in the reader's own AWS account. Credentials and endpoint, and the Region where neither it nor an ARN was named, are found by the SDK's own chain, in both processes. */
export const liveAws: LiveProvider = {
  problemOf: () => undefined,
  announcement: ({ key }, files) => [
    ...announce({
      title,
      key,
      files,
      permissions,
      // https://aws.amazon.com/kms/pricing/
      highestRate: 0.15,
      rates: "AWS asks 0.03 USD for 10,000, and 0.15 USD under RSA-3072, RSA-4096 and elliptic curves",
    }),
    "CloudTrail logs each of them, the associated data in clear: here names and types of the files.",
  ],
  backend: (request) => {
    const region = regionOf(request);
    const options = region === undefined ? {} : { region };
    return liveBackend({
      name,
      title,
      request,
      facts: [`${region === undefined ? "Region and credentials" : `${region}, credentials`} as the SDK finds them`],
      driver: () => awsKms(options),
      connection: options,
    });
  },
  connect: async (connection) => {
    const { region } = recordIn(connection);
    return awsKms(region === undefined ? {} : { region: textIn(region) });
  },
};

const regionOf = ({ key, region }: LiveRequest): string | undefined =>
  region ?? /^arn:[^:]+:kms:([^:]+):/.exec(key)?.[1];
