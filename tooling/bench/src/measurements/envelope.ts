import type { Measurement, Measurements } from "../measurements.ts";
import type { Place } from "../place.ts";
import type { EnvelopeRow } from "../row-name.ts";
import { interleave, type Comparison } from "../rounds.ts";
import { manyOverClientNode, providerCalls } from "../subjects/envelope-many.ts";
import { streamOverClientNode, streamOverRaw } from "../subjects/envelope-streams.ts";
import * as messages from "../subjects/envelope.ts";
import { streamMemory } from "../subjects/stream-memory.ts";

const measured =
  (subject: (place: Place) => Promise<Comparison>): Measurement =>
  async (effort, place) =>
    interleave(await subject(place), effort);

/** How messages and streams under data keys are measured. */
export const measurements: Measurements<EnvelopeRow> = {
  "envelope/1k/floor": measured(messages.freshOverFloor),
  "envelope/1k/client-node": measured(messages.freshOverClientNode),
  "envelope/1k-cached/floor": measured(messages.cachedOverFloor),
  "envelope/1k-cached/client-node": measured(messages.cachedOverClientNode),
  "envelope/aws": measured(messages.overDataKeyCall),
  "envelope/1m-64k/raw": measured(messages.largeOverRaw),
  "envelope/1m-1m/raw": measured(messages.largeOverRaw),
  "envelope/1m/client-node": measured(messages.largeOverClientNode),
  "envelope/stream/raw": measured(streamOverRaw),
  "envelope/stream/client-node": measured(streamOverClientNode),
  "envelope/stream/rss": async ({ rounds }, place) => streamMemory(rounds, place),
  "envelope/10k/client-node": measured(manyOverClientNode),
  "envelope/10k/calls": async ({ rounds }, place) => providerCalls(rounds, place),
};
