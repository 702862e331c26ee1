import { kmsProject } from "../../tooling/vitest/project.ts";

// The first case of the suite that touches all rows makes two dozen RSA keys, half of them of 4,096 bits.
// Files share their workers' modules: no test here mocks one, and the SDK takes long to load.
export default kmsProject("gcp", { testTimeout: 300_000, isolate: false });
