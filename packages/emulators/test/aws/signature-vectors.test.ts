import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type ReceivedRequest, verifySignature } from "../../src/aws/signature.ts";

const folder = process.env["KMS_VECTORS"];

// Published with the suite.
const settings = {
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  region: "us-east-1",
  service: "service",
  nowMs: Date.UTC(2015, 7, 30, 12, 36, 0),
};

/** Reads a raw request. A continuation line counts as one more value, as the suite's canonical form has it. */
function parse(text: string): ReceivedRequest {
  const [head = "", ...rest] = text.split("\n\n");
  const [first = "", ...lines] = head.split("\n");
  const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(first) ?? [];
  const headers = new Map<string, string[]>();
  let last = "";
  for (const line of lines.filter((each) => each !== "")) {
    const [, name, value = ""] = /^([^\s:]+):(.*)$/.exec(line) ?? ["", undefined, line];
    last = name?.toLowerCase() ?? last;
    headers.set(last, [...(headers.get(last) ?? []), value]);
  }
  return { method, target, headers, body: Buffer.from(rest.join("\n\n"), "utf8") };
}

const root = folder === undefined ? undefined : join(folder, "aws-sigv4");
const paths =
  root === undefined
    ? []
    : readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".sreq"))
        .map((path) => join(root, path));

const outcome = (request: ReceivedRequest): Promise<string> => {
  const sessionToken = request.headers.get("x-amz-security-token")?.join("").trim(); // two requests have one
  const credentials = { ...settings.credentials, sessionToken };
  return verifySignature(request, { ...settings, credentials }).then(
    () => "verified",
    (error: unknown) => (error instanceof Error ? error.name : ""),
  );
};

describe("AWS's Signature Version 4 suite", () => {
  it("has all of its thirty-one requests", ({ skip }) => {
    skip(root === undefined, "KMS_VECTORS names no folder of test vectors");
    expect(paths).toHaveLength(31);
  });

  it.each(paths.map((path) => [basename(path, ".sreq"), path]))(
    "%s verifies, and no longer with one digit of the signature changed",
    async (_, path) => {
      const text = readFileSync(path, "utf8");
      const changed = text.replace(/(?<=Signature=[0-9a-f]{63})./, (digit) => (digit === "0" ? "1" : "0"));
      expect(await outcome(parse(text))).toBe("verified");
      expect(await outcome(parse(changed))).toBe("InvalidSignatureException");
    },
  );
});
