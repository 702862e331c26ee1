import type { AzureEmulator } from "../azure/index.ts";

const SERVICES = {
  standard: "Azure Key Vault (standard)",
  premium: "Azure Key Vault (premium)",
  "managed-hsm": "Azure Managed HSM",
} as const;

/**
 * How to point clients at a running emulator of Azure Key Vault or Managed HSM; `certificatePath` is where its
 * certificate was written. The token in it is public and protects nothing.
 */
export function guideAzure(emulator: AzureEmulator, certificatePath: string | undefined): string {
  const { flavour, vaultUrl, tenantId, resource, accessToken, certificate } = emulator;
  const path = certificatePath ?? "emulator.pem";
  const where =
    certificatePath === undefined
      ? `the certificate below, to be written to a file (--certificate does it); here ${path}`
      : path;
  return `${SERVICES[flavour]}, emulated on loopback. NOT FOR PRODUCTION: the token is public, and the keys end with this process.

vault url     ${vaultUrl}
tenant        ${tenantId}
resource      ${resource}
access token  ${accessToken}
certificate   ${where}

HTTPS with a certificate of this process's own, which clients must be told to trust. Every request carries
"authorization: Bearer <access token>"; one without is answered with the challenge.

curl:

  curl --cacert ${path} -H "authorization: Bearer ${accessToken}" \\
       "${vaultUrl}/keys?api-version=2025-07-01"

JavaScript (in a test, startAzureEmulator() of @kms/emulators/azure gives this ready made):

  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  new KeyClient("${vaultUrl}", credential, {
    disableChallengeResourceVerification: true,
    tlsOptions: { ca: readFileSync("${path}") },
  });

Python:

  class Emulated:
      def get_token(self, *scopes, **options):
          return AccessToken(token, int(time.time()) + 3600)

  KeyClient("${vaultUrl}", Emulated(), verify_challenge_resource=False, connection_verify="${path}")

${certificatePath === undefined ? `${certificate.trim()}\n\n` : ""}Ctrl+C ends it.`;
}
