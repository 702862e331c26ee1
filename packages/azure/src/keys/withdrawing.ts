import type { Call } from "@kms/core/driver";
import type { Vault } from "../records.ts";

/** What became of a version that was made under a name which turned out to be another key's: a sentence that says what to do. */
export interface Withdrawn {
  readonly said: string;
  /** Why it could not be disabled. */
  readonly cause?: unknown;
}

/** Disables a version that was made here by mistake. Never fails: what is left to do is said. */
export async function withdraw(
  { connection }: Vault,
  { name, version }: { readonly name: string; readonly version: string },
  call: Call,
): Promise<Withdrawn> {
  try {
    await connection.ask(
      (keys, settings) => keys.updateKeyProperties(name, version, { enabled: false, ...settings }),
      call,
    );
    return { said: "That version was disabled." };
  } catch (cause) {
    return { said: "It could not be disabled: disable that version.", cause };
  }
}
