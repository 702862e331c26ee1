#!/usr/bin/env node
/** `kms-verify-audit-log`: `verifyAuditLog` for a shell. */
import { run } from "./bin/run.ts";

const { code, output, error } = await run(process.argv.slice(2));
if (output !== "") console.log(output);
if (error !== "") console.error(error);
process.exitCode = code;
