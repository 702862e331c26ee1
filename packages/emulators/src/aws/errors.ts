/**
 * HTTP status of each error name. Clients decide by `__type` alone (provider facts, "Errors": 404, 409 and 412 in the
 * service model, 400 in practice), so client faults are 400 as in the API Reference's "Errors" sections.
 */
const STATUS = {
  AccessDeniedException: 400,
  AlreadyExistsException: 400,
  ConflictException: 400,
  DisabledException: 400,
  DryRunOperationException: 400,
  ExpiredTokenException: 400,
  IncompleteSignatureException: 400,
  IncorrectKeyException: 400,
  InvalidAliasNameException: 400,
  InvalidArnException: 400,
  InvalidCiphertextException: 400,
  InvalidKeyUsageException: 400,
  InvalidMarkerException: 400,
  InvalidSignatureException: 400,
  KMSInvalidMacException: 400,
  KMSInvalidSignatureException: 400,
  KMSInvalidStateException: 400,
  LimitExceededException: 400,
  MissingAuthenticationTokenException: 400,
  NotFoundException: 400,
  SerializationException: 400,
  TagException: 400,
  ThrottlingException: 400,
  UnknownOperationException: 404,
  UnrecognizedClientException: 400,
  UnsupportedOperationException: 400,
  ValidationException: 400,
  RequestEntityTooLargeException: 413,
  KMSInternalException: 500,
  KeyUnavailableException: 500,
  NotImplementedException: 501,
  DependencyTimeoutException: 503,
  ServiceUnavailableException: 503,
} as const;

/** Names that an answer's `__type` can have. `NotImplementedException` is the emulator's own: AWS never sends it. */
export type AwsErrorName = keyof typeof STATUS;

/** Whether a name is one that an answer can have. */
export const isAwsErrorName = (name: string): name is AwsErrorName => Object.hasOwn(STATUS, name);

/**
 * An answer that refuses: `name` becomes `__type`, `message` the message, `status` the HTTP status. The service gives no
 * message for an invalid ciphertext, signature or MAC (recorded in localstack's test_kms.snapshot.json): it is empty here.
 */
export class AwsError extends Error {
  override readonly name: AwsErrorName;
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(name: AwsErrorName, message: string) {
    super(message);
    this.name = name;
    this.status = STATUS[name];
  }
}

/** The refusal of anything that the emulator does not emulate; it never guesses what the service would answer. */
export const notImplemented = (what: string): AwsError =>
  new AwsError("NotImplementedException", `This emulator does not implement ${what}.`);

/** A request whose JSON has the wrong shape. Source: AWS JSON 1.1 protocol, serialization errors. */
export const serialization = (message: string): AwsError => new AwsError("SerializationException", message);

/**
 * A member outside its documented constraint.
 * Source: AWS KMS API Reference, Common Errors, ValidationError ("The input fails to satisfy the constraints").
 */
export const validation = (member: string, found: string, constraint: string): AwsError =>
  new AwsError(
    "ValidationException",
    `1 validation error detected: Value ${found} at '${member}' failed to satisfy constraint: ${constraint}`,
  );
