import { kmsProject } from "../vitest/project.ts";

export default kmsProject("bench");
