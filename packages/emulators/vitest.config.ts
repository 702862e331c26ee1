import { kmsProject } from "../../tooling/vitest/project.ts";

export default kmsProject("emulators", {
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" }, // a notice about Node 20, once a process
});
