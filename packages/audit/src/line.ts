import type { Buffer } from "node:buffer";
import { hmac, sameMac, type LogKeys } from "./primitives.ts";

/** The longest line, its end included: 256 KiB. Readers allocate no more than this for one. */
export const maximumLineBytes = 262_144;
/** What a line adds around its body, at most. */
export const lineOverheadBytes = 256;

/**
 * What a line says: `header` opens a file, `event` is one audit event, `checkpoint` carries a sealed token, `recovery`
 * tells what a failure cut away or refused.
 */
export type LineKind = "header" | "event" | "checkpoint" | "recovery";

/** How far a chain has come: number and MAC of its last line. */
export interface ChainHead {
  readonly entry: number;
  readonly mac: string;
}

/** The head of a chain that has no line yet. */
export const genesis: ChainHead = Object.freeze({ entry: 0, mac: "" });

/** A line whose MAC holds. */
export interface ChainLine extends ChainHead {
  readonly kind: LineKind;
  /** The MAC of the line before it. */
  readonly last: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What is to be written: `body` in canonical JSON. */
export interface LineContent {
  readonly kind: LineKind;
  readonly body: string;
}

const macStart = ',"mac":"';
const macEnd = '"}';
const macCharacters = 43;
const tailBytes = macStart.length + macCharacters + macEnd.length;

/** The next line of a chain, its end included, and the head that it makes. */
export function writeLine(
  keys: LogKeys,
  head: ChainHead,
  { kind, body }: LineContent,
): { readonly text: string; readonly head: ChainHead } {
  const entry = head.entry + 1;
  // The members in the order of RFC 8785, so that what the MAC covers is the line's own beginning, byte for byte.
  const covered = `{"body":${body},"entry":${entry},"kind":"${kind}","last":"${head.mac}"`;
  const mac = hmac(keys.chain, covered);
  return { text: `${covered}${macStart}${mac}${macEnd}\n`, head: { entry, mac } };
}

/**
 * The line that bytes without their end say, or `undefined` when its MAC does not hold. Nothing is parsed before: JSON
 * of an attacker's never reaches the parser. Where in the chain the line belongs is not looked at.
 */
export function readLine(keys: LogKeys, bytes: Buffer): ChainLine | undefined {
  const coveredBytes = bytes.length - tailBytes;
  if (coveredBytes < 0) return undefined;
  const tail = bytes.toString("latin1", coveredBytes);
  if (!tail.startsWith(macStart) || !tail.endsWith(macEnd)) return undefined;
  const mac = tail.slice(macStart.length, -macEnd.length);
  return sameMac(hmac(keys.chain, bytes.subarray(0, coveredBytes)), mac) ? parse(bytes) : undefined;
}

const kinds: readonly string[] = ["header", "event", "checkpoint", "recovery"] satisfies readonly LineKind[];

function parse(bytes: Buffer): ChainLine | undefined {
  try {
    const { body, entry, kind, last, mac } = JSON.parse(bytes.toString("utf8")) as Partial<ChainLine>;
    if (typeof body !== "object" || body === null || !Number.isSafeInteger(entry)) return undefined;
    if (typeof kind !== "string" || !kinds.includes(kind)) return undefined;
    if (typeof last !== "string" || typeof mac !== "string" || entry === undefined) return undefined;
    return { body, entry, kind, last, mac };
  } catch {
    return undefined; // Bytes that only a holder of the key can have made, and that are no line all the same.
  }
}
