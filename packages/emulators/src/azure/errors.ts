/** A refusal as the service words it: `{"error":{"code","message","innererror":{"code"}}}` (provider facts §8.2). */
export class AzureError extends Error {
  readonly status: number;
  /** `error.code`. */
  readonly code: string;
  /** `error.innererror.code`; `undefined` where none is known. */
  readonly inner: string | undefined;

  constructor(status: number, code: string, message: string, inner?: string) {
    super(message);
    this.name = code;
    this.status = status;
    this.code = code;
    this.inner = inner;
  }
}

/**
 * A body of another type than the one that Key Vault takes (learn.microsoft.com/azure/key-vault/general/
 * common-parameters-and-headers: "Set the Content-Type header to application/json"). The answer has a `Message` and no
 * `error`: recorded in Azure/azure-sdk-for-rust issue 1146 for a request without a type; the other words are those of the
 * same framework, ASP.NET Web API.
 */
export class UnsupportedMediaType extends AzureError {
  constructor(type: string) {
    const message =
      type === ""
        ? "The request contains an entity body but no Content-Type header. The inferred media type 'application/octet-stream' is not supported for this resource."
        : `The request entity's media type '${type}' is not supported for this resource.`;
    super(415, "UnsupportedMediaType", message);
  }
}

/** The code of what is not emulated; the service never sends it. */
export const NOT_IMPLEMENTED = "EmulatorNotImplemented";

/** The refusal of anything that the emulator does not emulate; it never guesses what the service would answer. */
export const notImplemented = (what: string): AzureError =>
  new AzureError(501, NOT_IMPLEMENTED, `This emulator does not implement ${what}.`);

/** A request that is wrong whatever the state of the vault. Source: provider facts §5.1, 400 `BadParameter`. */
export const badParameter = (message: string): AzureError => new AzureError(400, "BadParameter", message);

/** What may not be done. Source: provider facts §5.1, 403 `Forbidden`. */
export const forbidden = (message: string, inner?: string): AzureError =>
  new AzureError(403, "Forbidden", message, inner);

/**
 * A key or version that is not there. Source: provider facts §5.1, 404 `KeyNotFound`; the words: answers recorded in
 * Azure/azure-sdk-for-js (keyvault-keys, recordings) and Azure/azure-sdk-for-cpp (key_client tests).
 */
export const keyNotFound = (name: string): AzureError =>
  new AzureError(
    404,
    "KeyNotFound",
    `A key with (name/id) ${name} was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182`,
  );

/** A name that is taken for now. Source: provider facts §3.1 and §8.2, 409 `Conflict`. */
export const conflict = (message: string, inner: string): AzureError => new AzureError(409, "Conflict", message, inner);
