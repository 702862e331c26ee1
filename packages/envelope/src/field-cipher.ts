import type { Bytes, CallOptions, OwnedBytes } from "@kms/core";
import { invalidArgument } from "./errors.ts";
import { decrypt } from "./message/decrypt.ts";
import { encrypt } from "./message/encrypt.ts";
import { readOptions } from "./options.ts";
import { checkRecipient } from "./recipients/check-recipient.ts";
import type { Recipient } from "./recipients/recipient.ts";

/** A column of a database table, by names that stay: renaming either makes its ciphertexts unreadable. */
export interface FieldColumn {
  readonly table: string;
  readonly column: string;
}

/** Encrypts the fields of one column. */
export interface FieldCipher {
  /** The value of a row, as a message that opens in that row and column alone. `row`: the primary key, as text. */
  readonly encrypt: (row: string, value: Bytes, options?: CallOptions) => Promise<OwnedBytes>;
  /** The value again. `DECRYPTION_FAILED`, opaque, for a message of another row, column or table, or anything wrong in it. */
  readonly decrypt: (row: string, message: Bytes, options?: CallOptions) => Promise<OwnedBytes>;
}

const callOptionNames: ReadonlySet<string> = new Set<keyof CallOptions>(["signal", "timeoutMs"]);
const columnNames: ReadonlySet<string> = new Set<keyof FieldColumn>(["table", "column"]);
const required = ["table", "row", "column"] as const;

/**
 * A cipher for a column of a database. Table, row and column are the associated data, and none of them is stored: a value
 * that was moved to another field does not open. A field takes the length of its value, 138 bytes, and the data key as the
 * recipient wraps it: 68 bytes and its two names for a raw AES key. Each field has a data key of its own, since recipients
 * bind it to the row: a cloud is called for every field written, and a cache of data keys serves only where the same
 * stored value is read again. Suite 0x0478 always.
 * The errors of `encrypt` and `decrypt`; `INVALID_ARGUMENT` for a name that is empty or missing.
 */
export function fieldCipher(recipient: Recipient, names: FieldColumn): FieldCipher {
  checkRecipient(recipient);
  const { table = "", column = "" } = readOptions(names, columnNames);
  checkName(table, "table");
  checkName(column, "column");
  const entries = (row: string): Record<(typeof required)[number], string> => {
    checkName(row, "row");
    return { table, row, column };
  };
  return Object.freeze<FieldCipher>({
    encrypt: async (row, value, options) => {
      const call = readOptions(options, callOptionNames);
      return encrypt(recipient, value, entries(row), { ...call, requiredOnDecrypt: required });
    },
    decrypt: async (row, message, options) => {
      const call = readOptions(options, callOptionNames);
      const { plaintext } = await decrypt(recipient, message, entries(row), call);
      return plaintext;
    },
  });
}

function checkName(value: unknown, what: string): void {
  if (typeof value === "string" && value.length > 0) return;
  throw invalidArgument(`use the name of the ${what}`, "it is no text, or empty", "Give the name that stays.");
}
