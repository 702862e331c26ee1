import { KmsError } from "@kms/core/driver";
import { noToken } from "../errors.ts";
import type { AzureCredential } from "../options.ts";

type Token = Awaited<ReturnType<AzureCredential["getToken"]>>;

/**
 * The credential as the SDK's clients are given it. Its failures say what to do; what it threw may lead to its own request,
 * and is left out but for its words. Once the driver is closed it is not asked again: the SDK renews a token in the
 * background and, where that fails, goes on every 3 seconds until the token's end, with a timer that keeps the process. The
 * last token ends that, though nothing is sent with it any more; with none it is `CLOSED`.
 */
export function ownCredential(credential: AzureCredential | undefined, isClosed: () => boolean): AzureCredential {
  let last: Token = null;
  return {
    getToken: async (scopes, tokenOptions) => {
      if (isClosed()) {
        if (last !== null) return last;
        throw new KmsError("CLOSED", "This driver of Azure was closed, and asks for no token any more.");
      }
      try {
        const token = (await credential?.getToken(scopes, tokenOptions)) ?? null;
        last = token ?? last;
        return token;
      } catch (cause) {
        if (tokenOptions?.abortSignal?.aborted === true) throw cause;
        throw noToken(cause);
      }
    },
  };
}
