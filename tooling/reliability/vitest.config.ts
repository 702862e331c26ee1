import type { ViteUserConfig } from "vitest/config";
import { kmsProject } from "../vitest/project.ts";

const project: ViteUserConfig = kmsProject("reliability");
export default project;
