import { join } from "node:path";
import { createKms, type AuditSink, type Kms, type Sealer } from "@kms/core";
import { openAuditTrail } from "./audit-trail.ts";
import type { Backend } from "./backends/backend.ts";
import { demoClock } from "./demo-clock.ts";
import type { Document } from "./documents.ts";
import type { Scene } from "./scene.ts";
import { makeSeals } from "./seals.ts";
import type { WorkFolder } from "./work-folder.ts";

/** What a story is told with, whatever the back end. */
export interface Props {
  readonly documents: readonly Document[];
  readonly folder: WorkFolder;
  /** Where the user wants a file of keys; undefined: below the folder. */
  readonly storeFile?: string | undefined;
  readonly progress: (text: string) => void;
}

/** Closes one thing that was opened. */
export type Closing = () => Promise<void>;

/** Opens a back end and two instances over it. What is to be closed is pushed to `closings` as soon as it is open. */
export async function openScene(backend: Backend, props: Props, closings: Closing[]): Promise<Scene> {
  const clock = demoClock();
  const place = await backend.open(clock, props);
  closings.push(place.close);
  const make = async (actor: string, sealer: Sealer, audit?: AuditSink): Promise<Kms> => {
    const providers = (await place.drivers?.()) ?? { [backend.name]: await place.driver() };
    const kms = createKms({ providers, sealer, clock, actor, audience: "demo", audit, retries: place.retries });
    closings.push(() => kms.close());
    return kms;
  };
  const seals = makeSeals();
  const directory = join(props.folder.path, "audit");
  const audit = await openAuditTrail({ directory, sealer: seals.auditor, clock });
  closings.push(audit.close);
  const administrator = await make("administrator", seals.administrator);
  const kms = await make("application", seals.application, audit);
  const made = { configurations: new Map(), keys: new Map() };
  return { ...props, ...made, backend, place, clock, seals, audit, administrator, kms };
}
