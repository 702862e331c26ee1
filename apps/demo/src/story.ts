import { KmsError, type KmsErrorCode } from "@kms/core";
import type { Backend } from "./backends/backend.ts";
import { openScene, type Closing, type Props } from "./open-scene.ts";
import type { Scene, Step, Told } from "./scene.ts";
import { audit } from "./steps/audit.ts";
import { configurations } from "./steps/configurations.ts";
import { destruction } from "./steps/destruction.ts";
import { directEncryption } from "./steps/direct-encryption.ts";
import { disabling } from "./steps/disabling.ts";
import { furtherAlgorithms } from "./steps/further-algorithms.ts";
import { keys } from "./steps/keys.ts";
import { olderHandle } from "./steps/older-handle.ts";
import { protect } from "./steps/protect.ts";
import { rotation } from "./steps/rotation.ts";
import { secondProcess } from "./steps/second-process.ts";
import { tampering } from "./steps/tampering.ts";

/** The story, in order: then come the back end's own steps, and the audit. A back end may bring another story. */
const commonSteps: readonly Step[] = [
  configurations,
  keys,
  protect,
  directEncryption,
  furtherAlgorithms,
  secondProcess,
  rotation,
  olderHandle,
  tampering,
  disabling,
  destruction,
];
const stepsOf = ({ steps, ownSteps = [] }: Backend): readonly Step[] => steps ?? [...commonSteps, ...ownSteps, audit];

/** What came of one step. */
export interface StepReport extends Told {
  readonly name: string;
  readonly ok: boolean;
  readonly error?: { readonly code: KmsErrorCode; readonly message: string } | undefined;
}

/** What came of the story with one back end. Steps after one that threw are not run. */
export interface BackendReport {
  readonly name: string;
  readonly title: string;
  /** Names of the back ends that were told of at once; undefined for one of its own. */
  readonly members?: readonly string[] | undefined;
  readonly ok: boolean;
  readonly steps: readonly StepReport[];
  readonly notRun: readonly string[];
}

/** Tells the whole story with one back end and closes everything that it opened, last things first. */
export async function tell(backend: Backend, props: Props): Promise<BackendReport> {
  const { name, title } = backend;
  const members = backend.members?.map((member) => member.name);
  const closings: Closing[] = [];
  let scene: Scene | undefined;
  const opening = await report("open", async () => {
    props.progress(`opening ${title}`);
    scene = await openScene(backend, props, closings);
    return { facts: scene.place.facts ?? [] };
  });
  const steps = stepsOf(backend);
  const told = scene === undefined ? [] : await tellSteps(scene, steps);
  const closing = await report("close", async () => {
    await closeAll(closings.reverse());
    return { facts: [] };
  });
  const all = [opening, ...told, closing];
  const notRun = steps.slice(told.length).map((step) => step.name);
  return { name, title, members, ok: notRun.length === 0 && all.every(({ ok }) => ok), steps: all, notRun };
}

/** What cannot be closed keeps nothing else open. */
async function closeAll(closings: readonly Closing[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closings) await close().catch((cause: unknown) => failures.push(cause));
  if (failures.length > 0) throw failures[0];
}

async function tellSteps(scene: Scene, steps: readonly Step[]): Promise<readonly StepReport[]> {
  const reports: StepReport[] = [];
  for (const step of steps) {
    scene.progress(step.name);
    const told = await report(step.name, () => step.run(scene));
    reports.push(told);
    if (told.error !== undefined) break;
  }
  return reports;
}

async function report(name: string, run: () => Promise<Told>): Promise<StepReport> {
  try {
    const told = await run();
    return { name, ok: (told.refusals ?? []).every(({ ok }) => ok), ...told };
  } catch (error) {
    return { name, ok: false, facts: [], error: errorOf(error) };
  }
}

function errorOf(error: unknown): NonNullable<StepReport["error"]> {
  if (KmsError.isInstance(error)) return { code: error.code, message: error.message };
  return { code: "UNKNOWN", message: error instanceof Error ? error.message : String(error) };
}
