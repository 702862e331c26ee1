import { KmsError, type KmsErrorCode } from "@kms/core";

const codes: Readonly<Record<string, KmsErrorCode>> = {
  EACCES: "PERMISSION_DENIED",
  EPERM: "PERMISSION_DENIED",
  EROFS: "PERMISSION_DENIED",
  ENOENT: "NOT_FOUND",
  ENOTDIR: "INVALID_ARGUMENT",
  ENAMETOOLONG: "INVALID_ARGUMENT",
  // A symbolic link where a file of the log should be: O_NOFOLLOW.
  ELOOP: "TAMPERED",
};

/**
 * What the operating system's refusal means here: `PERMISSION_DENIED` (also for a read-only file system), `NOT_FOUND`,
 * `INVALID_ARGUMENT`, `TAMPERED` for a symbolic link in place of a file, else `UNAVAILABLE`: a full disk, a quota, an
 * I/O error. The system's error is `cause`.
 */
export function diskError(attempted: string, cause: unknown): KmsError {
  if (KmsError.isInstance(cause)) return cause;
  const found = errnoOf(cause) ?? "an error of another kind";
  return new KmsError(
    codes[found] ?? "UNAVAILABLE",
    `${attempted} failed: found ${found}. Give the directory of the audit log space, its owner and a working disk.`,
    { cause },
  );
}

/** `ENOSPC` and the like, where an error bears one. */
export const errnoOf = (cause: unknown): string | undefined => {
  if (!(cause instanceof Error) || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
};

/** The log is not what this process wrote, or not what the key says. */
export const tamperedLog = (found: string): KmsError =>
  new KmsError(
    "TAMPERED",
    `Cannot go on with the audit log: ${found}. Keep its files, run verifyAuditLog over them, and begin a new directory.`,
  );
