import { kmsProject } from "../../tooling/vitest/project.ts";

export default kmsProject("envelope");
