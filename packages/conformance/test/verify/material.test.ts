import { createPrivateKey, createPublicKey } from "node:crypto";
import { capabilityRow } from "@kms/core/driver";
import { describe, expect, it } from "vitest";
import { algorithms } from "../../src/algorithms.ts";
import { contains } from "../../src/bytes.ts";
import { localKey, makeable, symmetricLength } from "../../src/verify/material.ts";

const rows = makeable(algorithms.map((algorithm) => capabilityRow({ algorithm, version: "caller", operations: [] })));
const names = rows.map(({ algorithm }) => algorithm);
const pairs = names.filter((algorithm) => symmetricLength(algorithm) === undefined);

describe("keys that the suite makes", () => {
  it("are of every algorithm but RSA and ML-*", () => {
    expect(algorithms.filter((algorithm) => !names.includes(algorithm)).every((name) => /^(RSA|ML)-/.test(name))).toBe(
      true,
    );
    expect(pairs).toHaveLength(8);
  });

  it.each(pairs)("%s: OpenSSL reads the private half byte for byte, and finds the public half", (algorithm) => {
    const { material, secret, spki } = localKey(algorithm);
    const key = createPrivateKey({ key: Buffer.from(material), format: "der", type: "pkcs8" });
    expect(key.export({ type: "pkcs8", format: "der" })).toEqual(Buffer.from(material));
    expect(createPublicKey(key).export({ type: "spki", format: "der" })).toEqual(Buffer.from(spki ?? []));
    expect(contains(material, secret)).toBe(true);
  });

  it.each(names.filter((algorithm) => !pairs.includes(algorithm)))(
    "%s: as long as its algorithm wants, and never twice",
    (algorithm) => {
      const [one, other] = [localKey(algorithm), localKey(algorithm)];
      expect(one.material).toHaveLength(symmetricLength(algorithm) ?? 0);
      expect(one.secret).toEqual(one.material);
      expect(other.material).not.toEqual(one.material);
    },
  );
});
