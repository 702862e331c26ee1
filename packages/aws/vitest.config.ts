import { kmsProject } from "../../tooling/vitest/project.ts";

// The first case of the suite over every row makes 22 RSA keys, ten of them of 4096 bits.
export default kmsProject("aws", { testTimeout: 120_000 });
