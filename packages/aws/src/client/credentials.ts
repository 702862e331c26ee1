import type { KMSClient } from "@aws-sdk/client-kms";
import { KmsError, type Call } from "@kms/core/driver";
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

  /**
   * Asks for them, or for newer ones. Throws `UNAUTHENTICATED` or `UNAVAILABLE`, outcome none, where there are none, and where
   * the call ends before: they go on being fetched, for the next one, but nothing is asked of AWS KMS.
   */
  fetch(call: Call): Promise<void> {
    return new Promise((resolve, reject) => {
      const release = call.onInterrupt(() => reject(endedBefore()));
      this.#fetch().then(resolve, reject).finally(release);
    });
  }

  async #fetch(): Promise<void> {
    try {
      const { expiration } = await this.#client.config.credentials();
      this.#servesUntilMs =
        expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - renewedBeforeMs;
    } catch (cause) {
      throw credentialsFailure(cause);
    }
  }
}

// The guard says by what the call ended.
const endedBefore = (): KmsError =>
  new KmsError(
    "CANCELLED",
    "The call ended while credentials for AWS were fetched. Nothing was asked of AWS KMS. Give it more time, or check what gives the credentials.",
  );
