import { kmsProject } from "./project.ts";

export default kmsProject("vitest");
