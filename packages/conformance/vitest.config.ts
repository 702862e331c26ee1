import { kmsProject } from "../../tooling/vitest/project.ts";

// Files share their workers' modules: no test here mocks a module, or leaves one changed behind it.
export default kmsProject("conformance", { isolate: false });
