import type { KMSClient } from "@aws-sdk/client-kms";
import { credentialsFailure } from "../errors/credentials.ts";

// The SDK asks the provider again from so long before their end on (@smithy/property-provider, memoize).
const renewedBeforeMs = 300_000;

/** The credentials of a client, asked for before a command is sent: what goes wrong with them is no answer of AWS KMS's. */
export class Credentials {
  readonly #client: KMSClient;
  /** Until when those that came serve without the provider being asked, in milliseconds since the epoch. */
  #servesUntilMs = Number.NEGATIVE_INFINITY;

  constructor(client: KMSClient) {
    this.#client = client;
  }

  /** True while sending asks no provider. */
  get areReady(): boolean {
    return this.#servesUntilMs === Number.POSITIVE_INFINITY || Date.now() < this.#servesUntilMs;
  }

  /** Asks for them, or for newer ones. Throws `UNAUTHENTICATED` or `UNAVAILABLE`, outcome none, where there are none. */
  async fetch(): Promise<void> {
    try {
      const { expiration } = await this.#client.config.credentials();
      this.#servesUntilMs =
        expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - renewedBeforeMs;
    } catch (cause) {
      throw credentialsFailure(cause);
    }
  }
}
