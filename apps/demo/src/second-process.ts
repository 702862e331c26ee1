import { KmsError, type Json } from "@kms/core";
import { connectTo } from "./connectors.ts";
import { readBack, type ReadBack } from "./read-back.ts";
import type { Role } from "./roles.ts";
import { openWorkFolder } from "./work-folder.ts";

/** What the first process tells the second. */
export interface Task {
  readonly provider: string;
  readonly connection: Json;
  readonly keys: readonly Role[];
  readonly folder: string;
  readonly publicKey: string;
}

/** What the second process answers. */
export type Result =
  | { readonly ok: true; readonly read: ReadBack }
  | { readonly ok: false; readonly code: string; readonly message: string };

// The first process has ended: nobody waits for an answer any more.
process.once("disconnect", () => process.exit(1));
process.once("message", (task: Task) => {
  void answer(task).then((result) => {
    process.send?.(result, () => process.disconnect());
  });
});

async function answer({ provider, connection, keys, folder, publicKey }: Task): Promise<Result> {
  try {
    const driver = await connectTo(provider, connection);
    return { ok: true, read: await readBack({ provider, driver, keys, folder: openWorkFolder(folder), publicKey }) };
  } catch (error) {
    const { message } = error instanceof Error ? error : new Error(String(error));
    return { ok: false, code: KmsError.isInstance(error) ? error.code : "UNKNOWN", message };
  }
}
