import type { ViteUserConfig } from "vitest/config";
import { kmsProject } from "../vitest/project.ts";

const project: ViteUserConfig = kmsProject("mutants", { testTimeout: 120_000 });
export default project;
