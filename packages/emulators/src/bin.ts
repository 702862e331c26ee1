#!/usr/bin/env node
/** `kms-emulators`: an emulator for a shell, and for programs in any language. */
import { writeFile } from "node:fs/promises";
import { startAwsEmulator } from "./aws/index.ts";
import { startAzureEmulator } from "./azure/index.ts";
import { type Command, readCommand } from "./bin/command.ts";
import { guideAzure } from "./bin/guide-azure.ts";
import { guideGcp } from "./bin/guide-gcp.ts";
import { describeFailure, guide } from "./bin/guide.ts";
import { startGcpEmulator } from "./gcp/index.ts";

interface Started {
  readonly text: string;
  close(): Promise<void>;
}

async function start(command: Exclude<Command, { readonly kind: "print" }>): Promise<Started> {
  if (command.kind === "azure") {
    const emulator = await startAzureEmulator(command.options);
    const { certificatePath } = command;
    try {
      if (certificatePath !== undefined) await writeFile(certificatePath, emulator.certificate);
    } catch (cause) {
      await emulator.close();
      throw cause;
    }
    return { text: guideAzure(emulator, certificatePath), close: () => emulator.close() };
  }
  if (command.kind === "gcp") {
    const emulator = await startGcpEmulator(command.options);
    return { text: guideGcp(emulator), close: () => emulator.close() };
  }
  const emulator = await startAwsEmulator(command.options);
  return { text: guide(emulator), close: () => emulator.close() };
}

const command = readCommand(process.argv.slice(2));
if (command.kind === "print") {
  console[command.code === 0 ? "log" : "error"](command.text);
  process.exitCode = command.code;
} else {
  try {
    const emulator = await start(command);
    const end = (): void => void emulator.close();
    process.once("SIGINT", end).once("SIGTERM", end); // before anybody can know that it is there
    console.log(emulator.text);
  } catch (cause) {
    console.error(describeFailure(cause));
    process.exitCode = 1;
  }
}
