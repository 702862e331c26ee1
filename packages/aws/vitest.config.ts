import { kmsProject } from "../../tooling/vitest/project.ts";

// The first case of the suite over every row makes 22 RSA keys, ten of them of 4096 bits.
// Files share their workers' modules: no test here mocks one, and the SDK takes long to load.
export default kmsProject("aws", { testTimeout: 120_000, isolate: false });
