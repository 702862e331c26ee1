/** Status codes that an answer can have. Source: google/rpc/code.proto. */
const CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Names of gRPC status codes, such as `FAILED_PRECONDITION`. */
export type GcpCode = keyof typeof CODES;

/** Whether a name is a gRPC status code other than OK. */
export const isGcpCode = (name: string): name is GcpCode => Object.hasOwn(CODES, name);

/** A message of google/rpc/error_details.proto that goes with a refusal. */
export interface ErrorDetail {
  readonly type: "google.rpc.ErrorInfo" | "google.rpc.PreconditionFailure";
  readonly message: object;
}

/** A refusal: gRPC status, message, details. */
export class GcpError extends Error {
  /** The number of the gRPC status. */
  readonly code: number;
  readonly details: readonly ErrorDetail[];

  constructor(code: GcpCode, message: string, details: readonly ErrorDetail[] = []) {
    super(message);
    this.name = code;
    this.code = CODES[code];
    this.details = details;
  }
}

/** The refusal of anything that the emulator does not emulate; it never guesses what the service would answer. */
export const notImplemented = (what: string): GcpError =>
  new GcpError("UNIMPLEMENTED", `This emulator does not implement ${what}.`);

/** An argument that is wrong whatever the state of the system. Source: google/rpc/code.proto, INVALID_ARGUMENT. */
export const invalid = (message: string): GcpError => new GcpError("INVALID_ARGUMENT", message);

/** A `google.rpc.ErrorInfo` of Google's common reasons. Source: google/api/error_reason.proto. */
export const errorInfo = (reason: string, metadata: Readonly<Record<string, string>>): ErrorDetail => ({
  type: "google.rpc.ErrorInfo",
  message: { reason, domain: "googleapis.com", metadata },
});
