import { isDate } from "node:util/types";
import type { Clock, Sealer, TokenType } from "../contract/options.ts";
import type { Awaitable, Json } from "../contract/words.ts";
import { KmsError } from "../errors.ts";
import { decodeClaims, encodeClaims, encodeHeader, joinToken, splitToken, tampered, tokenTypes } from "./token.ts";

/** What a sealing key may do, beside the key itself (`crypto-rules` 1). */
export interface SealKeyTerms {
  /** Names the key in tokens: 1 to 64 letters, digits, `.`, `_` and `-`; once in a sealer. */
  readonly kid: string;
  /** The kinds of token that it seals and opens. Default: every kind. */
  readonly types?: readonly TokenType[] | undefined;
  /** Seals nothing before. Opening does not look at it: clocks of two machines differ. */
  readonly notBefore?: Date | undefined;
  /** From then on it neither seals nor opens: every token under it ends. */
  readonly notAfter?: Date | undefined;
  /** Default false. true: opens what it sealed before, and seals nothing more. */
  readonly verifyOnly?: boolean | undefined;
}

/** A sealer that works in this process, at once. `inspect` and JSON show the names of its keys and nothing else of them. */
export interface LocalSealer extends Sealer {
  readonly kids: readonly string[];
  readonly seal: (type: TokenType, claims: Json) => string;
  readonly open: (type: TokenType, token: string) => Json;
}

/** A sealing key with its terms: how it signs (here or, by a promise, elsewhere), where it can, and how it verifies. */
export interface KeyringEntry<S extends Awaitable<Uint8Array> = Uint8Array> {
  /** JOSE's name of its algorithm (RFC 7518). */
  readonly alg: string;
  readonly terms: SealKeyTerms;
  readonly sign: ((type: TokenType, signingInput: string, signal?: AbortSignal) => S) | undefined;
  readonly verify: (type: TokenType, signingInput: string, signature: Uint8Array) => boolean;
}

/** What makes a sealer: its keys, in the order of preference, and a clock in place of the system's. */
export interface SealerOptions<K extends SealKeyTerms> {
  readonly keys: readonly K[];
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/** The keys of a sealer. */
export interface Keyring<S extends Awaitable<Uint8Array>> {
  readonly kids: readonly string[];
  /** What is to be signed, by the first key that can, may and is in its time. `INVALID_ARGUMENT` when there is none. */
  readonly begin: (
    type: TokenType,
    claims: Json,
  ) => { readonly signingInput: string; readonly sign: (signal?: AbortSignal) => S };
  readonly open: (type: TokenType, token: string) => Json;
}

/** A sealer over keys that sign in this process. */
export const localSealer = <K extends SealKeyTerms>(
  options: SealerOptions<K>,
  entryOf: (key: K) => KeyringEntry,
): LocalSealer => {
  const { kids, begin, open } = keyring(options, entryOf);
  const seal = (type: TokenType, claims: Json): string => {
    const { signingInput, sign } = begin(type, claims);
    return joinToken(signingInput, sign());
  };
  return Object.freeze({ kids, seal, open });
};

/**
 * The keys of a sealer, checked. The first entry that can, may and is in its time seals; every entry that is not past
 * `notAfter` opens. `INVALID_ARGUMENT` for no keys, malformed terms or a `kid` that occurs twice.
 */
export const keyring = <K extends SealKeyTerms, S extends Awaitable<Uint8Array>>(
  options: SealerOptions<K>,
  entryOf: (key: K) => KeyringEntry<S>,
): Keyring<S> => {
  const rows = readKeys(options).map((key) => rowOf(entryOf(key)));
  const kids = Object.freeze(rows.map(({ terms }) => terms.kid));
  if (new Set(kids).size !== kids.length) throw refused("one kid twice");
  const byHeader = new Map(rows.flatMap((row) => [...row.headers].map(([type, header]) => [header, { row, type }])));
  const { clock } = options;
  const now = (): number => clock?.now() ?? Date.now();
  const begin: Keyring<S>["begin"] = (type, claims) => {
    checkType(type);
    const payload = encodeClaims(claims);
    const time = now();
    const row = rows.find(({ terms, sign }) => sign !== undefined && maySeal(terms, type, time));
    if (row?.sign === undefined) throw unable(type);
    const { headers, sign } = row;
    const signingInput = `${headers.get(type)}.${payload}`;
    return { signingInput, sign: (signal) => sign(type, signingInput, signal) };
  };
  const open = (type: TokenType, token: string): Json => {
    checkType(type);
    const { header, payload, signingInput, signature } = splitToken(token);
    const known = byHeader.get(header);
    if (known?.type !== type) throw tampered("another kind of token, or a key that this sealer does not have");
    if (now() >= known.row.terms.notAfter) throw tampered("a sealing key whose time has ended");
    if (!known.row.verify(type, signingInput, signature)) throw tampered("a seal that does not hold");
    return decodeClaims(payload);
  };
  return Object.freeze({ kids, begin, open });
};

const readKeys = <K extends SealKeyTerms>(options: SealerOptions<K>): readonly K[] => {
  const keys: unknown = typeof options === "object" && options !== null ? options.keys : undefined;
  const isList = Array.isArray(keys) && keys.length > 0 && keys.every((key) => typeof key === "object" && key !== null);
  if (!isList) throw refused("no list of keys");
  return options.keys;
};

interface Row<S extends Awaitable<Uint8Array>> extends Omit<KeyringEntry<S>, "terms"> {
  readonly terms: Terms;
  readonly headers: ReadonlyMap<TokenType, string>;
}

const rowOf = <S extends Awaitable<Uint8Array>>(entry: KeyringEntry<S>): Row<S> => {
  const terms = checkTerms(entry.terms);
  const headers = new Map(terms.types.map((type) => [type, encodeHeader(entry.alg, terms.kid, type)]));
  return { ...entry, terms, headers };
};

interface Terms {
  readonly kid: string;
  readonly types: readonly TokenType[];
  readonly notBefore: number;
  readonly notAfter: number;
  readonly verifyOnly: boolean;
}

const checkTerms = ({ kid, types = tokenTypes, notBefore, notAfter, verifyOnly = false }: SealKeyTerms): Terms => {
  if (typeof kid !== "string" || !/^[A-Za-z0-9._-]{1,64}$/.test(kid)) {
    throw refused("a kid that is not 1 to 64 letters, digits, dots, underscores and hyphens");
  }
  const isList: boolean = Array.isArray(types); // annotated: it must not narrow the type of `types`
  if (!isList || types.length === 0) throw refused("types that are no list of kinds of token");
  for (const type of types) checkType(type);
  if (typeof verifyOnly !== "boolean") throw refused("a verifyOnly that is no boolean");
  const from = timeOf(notBefore, Number.NEGATIVE_INFINITY);
  const until = timeOf(notAfter, Number.POSITIVE_INFINITY);
  if (from >= until) throw refused("a notAfter that is not later than notBefore");
  return { kid, types: [...types], notBefore: from, notAfter: until, verifyOnly };
};

const timeOf = (date: Date | undefined, otherwise: number): number => {
  if (date === undefined) return otherwise;
  const time = isDate(date) ? date.getTime() : Number.NaN;
  if (Number.isNaN(time)) throw refused("a date that is none");
  return time;
};

const maySeal = (terms: Terms, type: TokenType, time: number): boolean =>
  !terms.verifyOnly && terms.types.includes(type) && terms.notBefore <= time && time < terms.notAfter;

const checkType = (type: unknown): void => {
  if (!tokenTypes.some((known) => known === type)) throw refused("a kind of token that does not exist");
};

const unable = (type: TokenType): KmsError =>
  new KmsError(
    "INVALID_ARGUMENT",
    `Cannot seal a token (${type}): none of the sealer's keys can. They are public, verifyOnly, for other kinds or outside their time. Configure one that seals.`,
  );

/** The answer to a malformed configuration of a sealer. */
export const refused = (found: string): KmsError =>
  new KmsError("INVALID_ARGUMENT", `Cannot make or use a sealer: found ${found}. Correct its configuration.`);
