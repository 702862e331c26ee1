import type { CryptographyClient, KeyClient } from "@azure/keyvault-keys";
import type { VersionReference } from "@kms/core/driver";
import { describe, expect, test } from "vitest";
import { connect } from "../../src/client.ts";
import { call, refusal } from "../setup.ts";

const keyOf = (version: string): VersionReference => ({
  id: "https://h/keys/k",
  version: version.padStart(32, "0"),
  algorithm: "ECDSA-P256-SHA256",
  native: "EC/P-256",
  protection: "software",
  origin: "generated",
});

/** An open connection whose requests are begun, in order, and end when they are told to. */
async function held() {
  const begun: { readonly what: string; readonly answer: () => void; readonly fail: (cause: Error) => void }[] = [];
  const request = (what: string) =>
    new Promise<string>((resolve, reject) => {
      begun.push({ what, answer: () => resolve(what), fail: reject });
    });
  const client = { keys: {} as KeyClient, cryptography: () => ({}) as CryptographyClient };
  const connection = connect({ host: "h", tier: "standard", credential: undefined, client });
  await connection.use(keyOf("f"), async () => undefined, call());
  const use = (what: string, version = "1", given = call()) =>
    connection.use(keyOf(version), async () => request(what), given);
  const ask = (what: string) => connection.ask(async () => request(what), call());
  return { begun, names: () => begun.map(({ what }) => what), use, ask };
}
/** Until everything that can go on without an answer has gone on. */
const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe("the first request of a client", () => {
  test.each(["use", "ask"] as const)("goes alone, and all others go when it has ended: %s", async (way) => {
    const here = await held();
    const answers = ["a", "b", "c"].map((what) => here[way](what));
    await settle();
    expect(here.names()).toEqual(["a"]);
    here.begun[0]?.answer();
    await settle();
    expect(here.names()).toEqual(["a", "b", "c"]);
    const later = here[way]("d");
    await settle();
    expect(here.names()).toEqual(["a", "b", "c", "d"]);
    for (const { answer } of here.begun) answer();
    await Promise.all([...answers, later]);
  });

  test("lets the others go also where it fails", async () => {
    const here = await held();
    const [first, second] = [here.use("a"), here.use("b")];
    await settle();
    here.begun[0]?.fail(new Error("no"));
    await expect(first).rejects.toThrow("no");
    await settle();
    here.begun[1]?.answer();
    expect((await second).answer).toBe("b");
  });

  test("keeps no other client waiting", async () => {
    const here = await held();
    const answers = [here.use("a", "1"), here.use("b", "2"), here.ask("keys")];
    await settle();
    expect(here.names().toSorted()).toEqual(["a", "b", "keys"]);
    for (const { answer } of here.begun) answer();
    await Promise.all(answers);
  });

  test("is not followed by what was interrupted while it waited, nor begun by what was before", async () => {
    const here = await held();
    const gone = call({ signal: AbortSignal.abort() });
    expect(await refusal(here.use("gone", "1", gone))).toMatchObject({ code: "CANCELLED" });
    const leaving = new AbortController();
    const answers = [here.use("a"), here.use("left", "1", call({ signal: leaving.signal })), here.use("b")];
    const left = refusal(answers[1]);
    await settle();
    leaving.abort();
    here.begun[0]?.answer();
    expect(await left).toMatchObject({ code: "CANCELLED" });
    await settle();
    expect(here.names()).toEqual(["a", "b"]);
    here.begun[1]?.answer();
    await Promise.all([answers[0], answers[2]]);
  });
});
