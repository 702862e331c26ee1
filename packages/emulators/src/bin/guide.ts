import type { AwsEmulator } from "../aws/index.ts";

/** How to point clients at a running emulator. The credentials in it are public and protect nothing. */
export function guide({ clientConfiguration: { endpoint, region, credentials } }: AwsEmulator): string {
  const { accessKeyId, secretAccessKey } = credentials;
  return `AWS KMS, emulated on loopback. NOT FOR PRODUCTION: the credentials are public, and the keys end with this process.

endpoint           ${endpoint}
region             ${region}
access key id      ${accessKeyId}
secret access key  ${secretAccessKey}

Any AWS client of the last years (CLI 2.13, boto3 1.28, every current SDK), by its environment:

  unset AWS_PROFILE AWS_SESSION_TOKEN
  export AWS_ENDPOINT_URL_KMS=${endpoint}
  export AWS_REGION=${region} AWS_DEFAULT_REGION=${region}
  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}

AWS CLI, with these credentials:

  aws kms create-key --region ${region} --endpoint-url ${endpoint}

boto3:

  boto3.client("kms", endpoint_url="${endpoint}", region_name="${region}",
               aws_access_key_id="${accessKeyId}",
               aws_secret_access_key="${secretAccessKey}")

JavaScript SDK:

  new KMSClient({
    endpoint: "${endpoint}",
    region: "${region}",
    credentials: { accessKeyId: "${accessKeyId}", secretAccessKey: "${secretAccessKey}" },
  })

Terraform:

  provider "aws" {
    region                      = "${region}"
    access_key                  = "${accessKeyId}"
    secret_key                  = "${secretAccessKey}"
    skip_credentials_validation = true
    skip_metadata_api_check     = true
    skip_requesting_account_id  = true
    endpoints { kms = "${endpoint}" }
  }

Ctrl+C ends it.`;
}

/** Why no emulator was started, in one line. */
export function describeFailure(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return `kms-emulators: the emulator did not start: ${text}`;
}
