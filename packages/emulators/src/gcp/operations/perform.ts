import { notImplemented } from "../errors.ts";
import { Input, type Message } from "../input.ts";
import { denial } from "../permissions.ts";
import { METHODS } from "./index.ts";
import type { Project } from "./row.ts";

/**
 * Runs one method: reads the name, asks the policy, does the work. Rejects with a `GcpError` for every refusal. The
 * policy is asked before anything is looked up: a denial says "or it may not exist".
 */
export async function perform(method: string, message: Message, project: Project): Promise<Message> {
  const row = METHODS.get(method);
  if (row === undefined) throw notImplemented(`the method ${method}`);
  const input = new Input(message, row.fields);
  const name = row.locate(input);
  const { permission, on = (own) => own } = row;
  if (permission !== undefined) {
    const resource = on(name);
    // Nobody here has a permission in another project.
    if (!name.startsWith(`projects/${project.id}/`)) throw denial(permission, resource);
    project.permissions.check(permission, resource);
  }
  return row.run({ input, name, nowMs: project.clock.now(), project });
}
