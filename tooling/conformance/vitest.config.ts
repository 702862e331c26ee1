import type { ViteUserConfig } from "vitest/config";
import { kmsProject } from "../vitest/project.ts";

const project: ViteUserConfig = kmsProject("conformance-report");
export default project;
