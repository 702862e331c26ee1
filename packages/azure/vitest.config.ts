import { kmsProject } from "../../tooling/vitest/project.ts";

// Files share their workers' modules: no test here mocks one, and the SDK takes long to load.
export default kmsProject("azure", { testTimeout: 300_000, isolate: false });
