import type { GcpEmulator } from "../gcp/index.ts";

/** How to point clients at a running emulator of Google Cloud KMS. The token in it is public and protects nothing. */
export function guideGcp({ endpoint, projectId, location, accessToken, clientConfiguration }: GcpEmulator): string {
  return `Google Cloud KMS, emulated on loopback. NOT FOR PRODUCTION: the token is public, and the keys end with this process.

endpoint      ${endpoint}
project       ${projectId}
location      ${location}
access token  ${accessToken}

gRPC without TLS; every call carries the metadata "authorization: Bearer ${accessToken}".
No environment variable points Google's clients elsewhere, and gcloud and Terraform speak REST, which is not here.

Go:

  conn, err := grpc.NewClient("${endpoint}", grpc.WithTransportCredentials(insecure.NewCredentials()))
  client, err := kms.NewKeyManagementClient(ctx, option.WithGRPCConn(conn))
  ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer ${accessToken}")

Python:

  channel = grpc.insecure_channel("${endpoint}")
  client = kms.KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=channel))
  client.list_key_rings(parent="projects/${projectId}/locations/${location}",
                        metadata=[("authorization", "Bearer ${accessToken}")])

JavaScript (in a test, startGcpEmulator() of @kms/emulators/gcp gives this ready made):

  new KeyManagementServiceClient({
    projectId: "${projectId}", apiEndpoint: "127.0.0.1", port: ${clientConfiguration.port},
    sslCreds: grpc.credentials.createInsecure(),
    credentials: { client_email: "nobody@example.invalid", private_key: "unused" },
    "grpc.callInvocationTransformer": (call) => {
      call.metadata.set("authorization", "Bearer ${accessToken}");
      return call;
    },
  })

Ctrl+C ends it.`;
}
