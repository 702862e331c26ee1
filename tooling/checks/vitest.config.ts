import { kmsProject } from "../vitest/project.ts";

export default kmsProject("checks", { testTimeout: 120_000 });
