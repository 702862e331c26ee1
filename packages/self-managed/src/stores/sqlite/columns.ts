/**
 * How a column is asked for that somebody may have edited: tables of STRICT types then hold whatever that one wrote. So
 * type and length are asked before a value is fetched, and what a store does not write is fetched as NULL. SQLite answers
 * both from a row's header.
 */

/** A BLOB column of at most so many bytes. */
export const bytes = (column: string, most: number): string =>
  `iif(typeof(${column}) = 'blob' AND length(${column}) <= ${most}, ${column}, NULL) AS ${column}`;

/** A TEXT column of at most so many bytes, as bytes: libsql ends the process over text that is no UTF-8. */
export const text = (column: string, most: number): string =>
  // Of text, `length` counts characters, and only those before a zero.
  `iif(typeof(${column}) = 'text' AND octet_length(${column}) <= ${most}, CAST(${column} AS BLOB), NULL) AS ${column}`;

/** An INTEGER column. */
export const whole = (column: string): string => `iif(typeof(${column}) = 'integer', ${column}, NULL) AS ${column}`;
