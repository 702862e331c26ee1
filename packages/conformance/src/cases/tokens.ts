import { hmacSealer } from "@kms/core";
import { check, equal, present, refuses } from "../assertions.ts";
import { random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { attemptWith } from "../hostile.ts";
import { refusesUncalled } from "../refusal.ts";
import { oneOfEach } from "../rows.ts";
import { provider } from "../session.ts";
import { claimedUses, perform, protectAll } from "../use.ts";

/** Sealed handles and configurations, and every way to alter them. */
export const tokenCases: readonly Case[] = [
  {
    id: "tokens/open-without-a-call",
    title: "a sealed handle opens in another process without a call, and then does everything that is claimed",
    shows: "design.md §3.3: openHandle makes no call; requirements 41",
    run: opensWithoutACall,
  },
  {
    id: "tokens/every-character-changed",
    title: "openHandle refuses a token with any one character changed",
    shows: "crypto-rules.md 1; provider-bugs.md §4",
    run: async (context) => {
      const token = await anyToken(context);
      for (let at = 0; at < token.length; at += 1) {
        const changed = token.slice(0, at) + otherCharacter(token.charAt(at)) + token.slice(at + 1);
        await refusesUncalled(context, () => context.kms.openHandle(changed), "TAMPERED", `character ${at} changed`);
      }
    },
  },
  {
    id: "tokens/wrong-length",
    title: "openHandle refuses a token cut short, drawn out, or with a segment too many or too few",
    shows: "crypto-rules.md 1",
    run: async (context) => {
      const token = await anyToken(context);
      const [header = "", payload = "", seal = ""] = token.split(".");
      const others = [
        token.slice(0, -1),
        token.slice(1),
        `${token}A`,
        `${token}=`,
        `${token}.`,
        `.${token}`,
        ` ${token}`,
        `${token}\n`,
      ];
      const segments = [
        `${header}.${payload}`,
        `${header}.${payload}.`,
        `${header}..${seal}`,
        `${token}.${seal}`,
        "..",
        ".",
      ];
      for (const changed of [...others, ...segments]) {
        await refusesUncalled(
          context,
          () => context.kms.openHandle(changed),
          ["TAMPERED", "INVALID_ARGUMENT"],
          "a token",
        );
      }
    },
  },
  {
    id: "tokens/not-a-token",
    title: "openHandle refuses what is no token, ten megabytes of it included",
    shows: "crypto-rules.md 1: at most 64 KiB",
    run: async (context) => {
      for (const token of [
        "",
        "token",
        "\u0000",
        "\ud800",
        "a".repeat(10_000_000),
        "..".repeat(40_000),
        1,
        null,
        undefined,
        {},
        [],
      ]) {
        const work = (): unknown => attemptWith(context.kms, "openHandle", token);
        await refusesUncalled(
          context,
          work,
          ["TAMPERED", "INVALID_ARGUMENT"],
          `the token ${JSON.stringify(token)?.slice(0, 9)}`,
        );
      }
    },
  },
  {
    id: "tokens/wrong-sealer",
    title: "openHandle refuses a token that another secret sealed, also under the same name",
    shows: "crypto-rules.md 1",
    run: async (context) => {
      const token = await anyToken(context);
      for (const kid of ["conformance", "other"]) {
        const kms = context.instance({ sealer: hmacSealer({ keys: [{ kid, secret: random(32) }] }) });
        await refusesUncalled(context, () => kms.openHandle(token), "TAMPERED", `a sealer named ${kid}`);
      }
    },
  },
  {
    id: "tokens/expectations",
    title: "openHandle refuses a handle of another algorithm or provider than expected",
    shows: "design.md §3.7: not what expect says",
    run: async (context) => {
      const row = present(context.rows()[0], "the driver makes no keys at all");
      const token = await context.kms.sealHandle(await context.key(row));
      const algorithm = row.algorithm === "HMAC-SHA256" ? "HMAC-SHA512" : "HMAC-SHA256";
      await refuses(() => context.kms.openHandle(token, { algorithm }), "TAMPERED", "another algorithm");
      equal(
        (await context.kms.openHandle(token, { algorithm: row.algorithm, provider })).algorithm,
        row.algorithm,
        "algorithm",
      );
      const bad = [
        { provider: "elsewhere" },
        { algorithm: "none" },
        { minimumRevision: "1" },
        { notIssuedBefore: 0 },
        null,
        "x",
      ];
      for (const expected of bad) {
        const work = (): unknown => attemptWith(context.kms, "openHandle", token, expected);
        await refusesUncalled(
          context,
          work,
          ["INVALID_ARGUMENT", "TAMPERED"],
          `the expectation ${JSON.stringify(expected)}`,
        );
      }
    },
  },
  {
    id: "tokens/key-configuration",
    title: "a sealed key configuration opens as it was, makes a key, and is refused with any one character changed",
    shows: "design.md §1: sealed token for files; requirements 40",
    run: keyConfiguration,
  },
  {
    id: "tokens/types-stay-apart",
    title: "a sealed configuration does not open as a handle, nor a handle as a configuration",
    shows: "crypto-rules.md 1: one typ and one derived key for each kind of token",
    run: async (context) => {
      const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
      const handle = await context.kms.sealHandle(await context.key(row));
      const conf = await context.kms.sealKeyConf(provider, { algorithm: row.algorithm });
      await refusesUncalled(context, () => context.kms.openHandle(conf), "TAMPERED", "a configuration as handle");
      await refusesUncalled(
        context,
        () => context.kms.openKeyConf(handle, { provider }),
        "TAMPERED",
        "a handle as configuration",
      );
    },
  },
];

const anyToken = async (context: Context): Promise<string> =>
  context.kms.sealHandle(await context.key(present(oneOfEach(context.rows())[0], "the driver makes no keys at all")));

const otherCharacter = (character: string): string => (character === "A" ? "B" : "A");

async function opensWithoutACall(context: Context): Promise<void> {
  for (const row of oneOfEach(context.rows())) {
    const key = await context.key(row);
    const token = await context.kms.sealHandle(key);
    check(!token.includes(provider), "the token has the application's own name for the provider");
    const kms = context.instance();
    const [atDoor, onWire] = [context.door.calls().length, context.harness.calls?.()];
    const opened = await kms.openHandle(token);
    equal(context.door.calls().length, atDoor, "calls of the driver");
    equal(context.harness.calls?.(), onWire, "requests to the back end");
    equal(opened.keyId, key.keyId, "key id");
    equal(opened.algorithm, key.algorithm, "algorithm");
    equal(opened.protection, key.protection, "protection");
    const earlier = await protectAll(context, key);
    for (const operation of claimedUses(context, key)) await perform(kms, { key: opened, operation, earlier });
  }
}

async function keyConfiguration(context: Context): Promise<void> {
  const { kms } = context;
  const row = present(oneOfEach(context.rows())[0], "the driver makes no keys at all");
  const conf = { algorithm: row.algorithm, protection: row.protection } as const;
  const token = await kms.sealKeyConf(provider, conf);
  const opened = await kms.openKeyConf(token, { provider, algorithm: row.algorithm });
  equal(
    JSON.stringify(Object.entries(opened).toSorted()),
    JSON.stringify(Object.entries(conf).toSorted()),
    "the configuration",
  );
  equal((await kms.generateKey(provider, opened)).algorithm, row.algorithm, "the key that it makes");
  check(Object.isFrozen(opened), "the opened configuration is not frozen");
  const algorithm = row.algorithm === "HMAC-SHA256" ? "HMAC-SHA512" : "HMAC-SHA256";
  await refuses(() => kms.openKeyConf(token, { provider, algorithm }), "TAMPERED", "another algorithm than expected");
  for (let at = 0; at < token.length; at += 1) {
    const changed = token.slice(0, at) + otherCharacter(token.charAt(at)) + token.slice(at + 1);
    await refuses(() => kms.openKeyConf(changed, { provider }), "TAMPERED", `character ${at} changed`);
  }
}
