import { describe, expect, it } from "vitest";
import type { Json } from "../../src/index.ts";
import { code, given, sealer } from "../guard/given.ts";
import { curvePair, signingDriver } from "../guard/keyed-driver.ts";

const pair = curvePair("P-256");
const conf = { algorithm: "ECDSA-P256-SHA256", destructionWindowDays: 14 } as const;
type Claims = Readonly<Record<string, Json>>;

const sealed = async (): Promise<{ readonly claims: Claims; readonly open: (claims: Json) => Promise<unknown> }> => {
  const { kms } = given(signingDriver([pair], { record: { destructionWindowDays: 14 } }), { sealer, audience: "app" });
  const key = kms.restrictKey(await kms.generateKey("it", conf), {
    operations: ["sign", "verify"],
    notAfter: new Date("2027-01-01T00:00:00Z"),
    verifyAt: "local",
  });
  const claims = sealer.open("key-handle", await kms.sealHandle(key)) as Claims;
  return { claims, open: async (changed) => kms.openHandle(sealer.seal("key-handle", changed)) };
};

// Members that a genuine handle may lack: without them it is another genuine handle.
const optional = new Set(["destructionWindowDays", "confDigest", "restriction", "signingVersion", "aud", "createdAt"]);
const wrong: readonly Json[] = [null, true, 0, -1, "", "x", [], {}, ["x"], { x: "y" }];

describe("claims of a handle under a genuine seal", () => {
  it("open as they were sealed", async () => {
    const { claims, open } = await sealed();
    expect(await open(claims)).toMatchObject({ keyId: "store/key", algorithm: conf.algorithm });
    expect(Object.keys(claims).sort()).toEqual(
      [
        "algorithm",
        "aud",
        "confDigest",
        "destructionWindowDays",
        "exportable",
        "form",
        "issuedAt",
        "keyId",
        "kind",
        "native",
        "origin",
        "policyDigest",
        "protection",
        "purpose",
        "restriction",
        "revision",
        "scope",
        "signingVersion",
        "versions",
      ].sort(),
    );
  });

  it("never carry the application's own name of the provider", async () => {
    const { claims } = await sealed();
    expect(JSON.stringify(claims)).not.toContain('"it"');
  });

  it("are TAMPERED without any member that a handle must have", async () => {
    const { claims, open } = await sealed();
    for (const name of Object.keys(claims)) {
      if (optional.has(name)) continue;
      const { [name]: _removed, ...rest } = claims;
      expect([name, await code(open(rest))]).toEqual([name, "TAMPERED"]);
    }
  });

  it("are TAMPERED with a member of the wrong kind, one member at a time", async () => {
    const { claims, open } = await sealed();
    for (const name of Object.keys(claims)) {
      for (const value of wrong) {
        if (name === "restriction" && JSON.stringify(value) === "{}") continue; // restricts nothing, and is genuine
        if (typeof value === typeof claims[name] && !Array.isArray(value) && typeof value !== "object") continue;
        if (name === "restriction" && JSON.stringify(value) === "{}") continue; // a restriction that restricts nothing
        expect([name, value, await code(open({ ...claims, [name]: value }))]).toEqual([name, value, "TAMPERED"]);
      }
    }
  });

  it.each<readonly [string, Claims]>([
    ["another form", { form: 2 }],
    ["a purpose that is not the algorithm's", { purpose: "mac" }],
    ["an algorithm that does not exist", { algorithm: "ECDSA-P257-SHA256" }],
    ["a hostile key id", { keyId: "../store" }],
    ["protection that does not exist", { protection: "paper" }],
    ["an origin that does not exist", { origin: "found" }],
    ["a date in another form", { issuedAt: "2026-06-01T00:00:00Z" }],
    ["a date that is none", { issuedAt: "yesterday" }],
    ["a negative revision", { revision: -1 }],
    ["a revision of 0", { revision: 0 }],
    ["a negative window", { destructionWindowDays: -1 }],
    ["a signing version that is not pinned", { signingVersion: "7" }],
    ["a member that handles do not have", { admin: true }],
    ["a restriction to another purpose's uses", { restriction: { operations: ["encrypt"] } }],
    ["a restriction with a member that it does not have", { restriction: { widen: true } }],
    ["a restriction whose date is in another form", { restriction: { notAfter: "2027" } }],
    ["a restriction whose date is a number", { restriction: { notAfter: 5 } }],
    ["an empty restriction's look-alike", { restriction: [] }],
  ])("are TAMPERED with %s", async (_what, change) => {
    const { claims, open } = await sealed();
    expect(await code(open({ ...claims, ...change }))).toBe("TAMPERED");
  });

  it("are TAMPERED with a version that is not as it was pinned", async () => {
    const { claims, open } = await sealed();
    const [version] = claims["versions"] as readonly Claims[];
    const other = curvePair("P-256").spki;
    const changes: readonly Claims[] = [
      { thumbprint: "A".repeat(43) },
      { spki: Buffer.from(other).toString("base64url") },
      { spki: `${Buffer.from(pair.spki).toString("base64url")}=` },
      { spki: "AA" },
      { version: "" },
      { createdAt: "2026" },
      { more: 1 },
    ];
    for (const change of changes) {
      expect([change, await code(open({ ...claims, versions: [{ ...version, ...change }] }))]).toEqual([
        change,
        "TAMPERED",
      ]);
    }
    for (const name of ["version", "spki", "thumbprint"]) {
      const { [name]: _removed, ...rest } = version ?? {};
      expect([name, await code(open({ ...claims, versions: [rest] }))]).toEqual([name, "TAMPERED"]);
    }
    expect(await code(open({ ...claims, versions: [{ ...version }, { ...version }] }))).toBe("TAMPERED");
  });

  it.each([null, "x", 1, [], [{}]])("are TAMPERED when they are no object: %j", async (claims) => {
    const { open } = await sealed();
    expect(await code(open(claims as Json))).toBe("TAMPERED");
  });
});
