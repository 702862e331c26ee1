import { kmsProject } from "../../tooling/vitest/project.ts";

export default kmsProject("azure", { testTimeout: 300_000 });
