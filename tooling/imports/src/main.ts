import { fileURLToPath } from "node:url";
import { checkImports } from "./check-imports.ts";

const { modules, violations } = await checkImports(fileURLToPath(new URL("../../..", import.meta.url)));
for (const { rule, from, to, because } of violations) console.error(`${rule}: ${from} → ${to}\n  ${because}`);
console.log(`${modules} modules, ${violations.length} forbidden imports`);
if (violations.length > 0 || modules === 0) process.exitCode = 1;
