import { badParameter } from "./errors.ts";

/** A span of the calendar as ISO 8601 writes it: whole months, then days. */
export interface CalendarSpan {
  readonly text: string;
  readonly months: number;
  readonly days: number;
}

const PATTERN = /^P(?=\d)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,5})D)?$/;

/**
 * Reads a duration in years, months and days, such as `P90D` or `P1Y`; 400 for any other text. Source:
 * learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation (durations are ISO 8601).
 */
export function readSpan(text: string, field: string): CalendarSpan {
  const parts = PATTERN.exec(text);
  if (parts === null) throw badParameter(`Property ${field} is not an ISO 8601 duration of years, months and days.`);
  const [years = 0, months = 0, days = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return { text, months: years * 12 + months, days };
}

/** The moment that lies a span after another, or before it for `direction` -1; UTC. */
export function shift(fromMs: number, { months, days }: CalendarSpan, direction: 1 | -1 = 1): number {
  const moment = new Date(fromMs);
  moment.setUTCMonth(moment.getUTCMonth() + direction * months);
  moment.setUTCDate(moment.getUTCDate() + direction * days);
  return moment.getTime();
}

/** How long a span is at least, in milliseconds: a month has no fewer than 28 days. */
export const atLeastMs = ({ months, days }: CalendarSpan): number => (months * 28 + days) * 86_400_000;
