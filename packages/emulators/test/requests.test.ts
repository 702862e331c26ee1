import { describe, expect, it } from "vitest";
import { RequestLog as AwsLog } from "../src/aws/requests.ts";
import { RequestLog as AzureLog } from "../src/azure/requests.ts";
import { RequestLog as GcpLog } from "../src/gcp/requests.ts";

const MEBI = 1_048_576;
const ENTRY = { method: "GET", version: undefined, isAuthorized: true, operation: "GetKey" };

/** Each log, and how it takes a request of that many characters. */
const LOGS = {
  aws: () => {
    const log = new AwsLog();
    return { log, add: (length: number) => log.add({ operation: "", keyId: "x".repeat(length) }) };
  },
  azure: () => {
    const log = new AzureLog();
    const entry = { ...ENTRY, method: "", operation: "", name: undefined };
    return { log, add: (length: number) => log.add({ ...entry, target: "x".repeat(length) }) };
  },
  gcp: () => {
    const log = new GcpLog();
    return { log, add: (length: number) => log.add({ method: "", name: "x".repeat(length) }) };
  },
};

describe.each(["aws", "azure", "gcp"] as const)("the record of requests of %s", (cloud) => {
  it("has the newest 10,000, and counts all", () => {
    const { log, add } = LOGS[cloud]();
    for (let length = 0; length < 10_010; length += 1) add(length % 7);
    expect([log.list().length, log.count()]).toEqual([10_000, 10_010]);
  });

  it("has no more than 4,194,304 characters, the oldest leaving first", () => {
    const { log, add } = LOGS[cloud]();
    for (const length of [1, MEBI, MEBI, MEBI, MEBI]) add(length);
    expect([log.list().length, log.count()]).toEqual([4, 5]);
    add(1);
    expect(log.list()).toHaveLength(4);
    add(4 * MEBI);
    expect(log.list()).toHaveLength(1);
    add(5 * MEBI);
    expect(log.list()).toHaveLength(1); // the newest one always
    log.clear();
    for (const length of [MEBI, MEBI]) add(length);
    expect(log.list()).toHaveLength(2);
  });
});
