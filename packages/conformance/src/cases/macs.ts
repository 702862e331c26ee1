import type { KeyHandle, Mac } from "@kms/core";
import { check, differentBytes, equal, sameBytes } from "../assertions.ts";
import { concat, flipped, random } from "../bytes.ts";
import type { Case } from "../case.ts";
import type { Context } from "../context.ts";
import { forEachClaim, refusesUncalled } from "../refusal.ts";

const uses = ["generateMac", "verifyMac"] as const;

/** Message authentication codes. */
export const macCases: readonly Case[] = [
  {
    id: "macs/round-trip",
    title: "a MAC verifies over its message at every size, has the digest's full length and does not vary",
    shows: "design.md §3.6",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const { maximumMessageBytes: most = 100_000, minimumMessageBytes: least = 0 } = row.limits;
        for (const size of [0, 1, 63, 64, 65, 1_000, most - 1, most].filter((each) => each >= least && each <= most)) {
          const message = random(size);
          const mac = await context.kms.generateMac(key, message);
          equal(mac.bytes.length * 8, Number(key.algorithm.slice("HMAC-SHA".length)), `bits of ${key.algorithm}`);
          equal(mac.algorithm, key.algorithm, "the MAC's algorithm");
          sameBytes((await context.kms.generateMac(key, message)).bytes, mac.bytes, "the MAC made again");
          check(await context.kms.verifyMac(key, message, mac), `a good MAC over ${size} bytes is not verified`);
          check(
            await context.kms.verifyMac(key, message, mac.bytes),
            `a good bare MAC over ${size} bytes is not verified`,
          );
        }
      }),
  },
  {
    id: "macs/every-byte-flipped",
    title: "verifyMac answers false for a MAC with any one byte changed",
    shows: "crypto-rules.md 12",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const message = random(40);
        const mac = await context.kms.generateMac(key, message);
        for (const index of mac.bytes.keys()) {
          const changed = { ...mac, bytes: flipped(mac.bytes, index, 1 << (index % 8)) };
          await isBad(context, { key, message, mac: changed }, `byte ${index} flipped`);
        }
      }),
  },
  {
    id: "macs/wrong-length",
    title: "verifyMac answers false for a truncated, extended or empty MAC",
    shows: "crypto-rules.md 12: length check before comparison",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const message = random(40);
        const mac = await context.kms.generateMac(key, message);
        const { bytes } = mac;
        for (const other of [
          new Uint8Array(),
          bytes.subarray(0, 1),
          bytes.subarray(0, -1),
          bytes.subarray(1),
          concat(bytes, bytes),
        ]) {
          await isBad(context, { key, message, mac: { ...mac, bytes: other } }, `${other.length} bytes`);
        }
      }),
  },
  {
    id: "macs/other-message",
    title: "verifyMac answers false for another message",
    shows: "design.md §3.6",
    run: (context) =>
      forEachClaim(context, uses, async (key) => {
        const message = random(40);
        const mac = await context.kms.generateMac(key, message);
        for (const other of [
          flipped(message, 0),
          flipped(message, 39),
          message.subarray(1),
          concat(message, Uint8Array.of(0)),
        ]) {
          await isBad(context, { key, message: other, mac }, "another message");
        }
      }),
  },
  {
    id: "macs/wrong-key",
    title: "another key of the same type makes another MAC, and verifyMac refuses it",
    shows: "design.md §3.3",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const message = random(40);
        const own = await context.kms.generateMac(key, message);
        const foreign = await context.kms.generateMac(await context.key(row, "second"), message);
        differentBytes(own.bytes, foreign.bytes, "MACs of two keys");
        await isBad(context, { key, message, mac: foreign }, "another key's MAC");
      }),
  },
  {
    id: "macs/limits",
    title:
      "a message over the row's limit is TOO_LARGE before the driver is called; without a limit a mebibyte is taken",
    shows: "crypto-rules.md 11: no implicit pre-hash",
    run: (context) =>
      forEachClaim(context, uses, async (key, row) => {
        const { maximumMessageBytes: most, minimumMessageBytes: least = 0 } = row.limits;
        if (least > 0) {
          const work = (): unknown => context.kms.generateMac(key, random(least - 1));
          await refusesUncalled(context, work, "UNSUPPORTED", "under the minimum");
        }
        if (most === undefined) return context.kms.generateMac(key, random(1_048_576)).then(() => undefined);
        await refusesUncalled(
          context,
          () => context.kms.generateMac(key, random(most + 1)),
          "TOO_LARGE",
          "making a MAC",
        );
        const work = (): unknown => context.kms.verifyMac(key, random(most + 1), new Uint8Array(32));
        await refusesUncalled(context, work, "TOO_LARGE", "verifying a MAC");
      }),
  },
];

interface Trial {
  readonly key: KeyHandle;
  readonly message: Uint8Array;
  readonly mac: Mac;
}

async function isBad(context: Context, { key, message, mac }: Trial, what: string): Promise<void> {
  check(!(await context.kms.verifyMac(key, message, mac)), `verified: ${what}, ${key.algorithm}`);
  check(!(await context.kms.verifyMac(key, message, mac.bytes)), `verified as bare bytes: ${what}, ${key.algorithm}`);
}
