import { leakedFiles, windowBytes } from "../leaks.ts";
import { assert, type Step } from "../scene.ts";

/** Counts what was recorded and shows that no content of a file stands in it. */
export const audit: Step = {
  name: "audit",
  run: async ({ audit: sink, documents }) => {
    const events = sink.events();
    assert(sink.overwritten() === 0, "The audit lost events.");
    const intents = new Set(events.filter(({ phase }) => phase === "intent").map(({ correlation }) => correlation));
    const outcomes = events.filter(({ phase }) => phase === "outcome");
    const joined = outcomes.filter(({ correlation }) => intents.delete(correlation)).length;
    assert(
      intents.size === 0 && joined === outcomes.length,
      "An intent in the audit has no outcome, or an outcome no intent.",
    );
    const leaked = leakedFiles(events, documents);
    assert(leaked.length === 0, `The audit holds content of ${leaked.length} files.`);
    const refused = outcomes.filter(({ code }) => code !== undefined).length;
    return {
      facts: [
        `${events.length} events: ${joined} operations, each an intent and an outcome; ${refused} refused`,
        `none holds ${windowBytes} bytes in a row of any file, in clear, hexadecimal or base64`,
      ],
      counts: { auditEvents: events.length },
    };
  },
};
