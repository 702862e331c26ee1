import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  answersTo,
  isRegion,
  isVersion,
  parseKeyArn,
  readReference,
  sameKey,
  scopeOf,
  servesScope,
} from "../src/key-id.ts";
import { refusal } from "./setup.ts";

const uuid = "1234abcd-12ab-34cd-56ef-1234567890ab";
const replicated = "mrk-1234abcd12ab34cd56ef1234567890ab";
const arn = (key: string, region = "eu-west-1", account = "111122223333", partition = "aws"): string =>
  `arn:${partition}:kms:${region}:${account}:key/${key}`;

describe("a reference", () => {
  test.each([
    uuid,
    replicated,
    arn(uuid),
    arn(replicated, "us-gov-west-1", "000000000000", "aws-us-gov"),
    arn(uuid, "cn-north-1", "111122223333", "aws-cn"),
    arn(uuid, "us-isob-east-1", "111122223333", "aws-iso-b"),
    arn(uuid, "eusc-de-east-1", "111122223333", "aws-eusc"),
    "alias/orders",
    "alias/team/orders_1-A",
    "alias/aws/s3",
    "arn:aws:kms:eu-west-1:111122223333:alias/orders",
  ])("%s is taken as it is", (reference) => {
    expect(readReference(reference)).toBe(reference);
  });

  test.each([
    "",
    "orders",
    "alias/",
    `alias/${"a".repeat(251)}`,
    "alias/../orders",
    "alias/a b",
    `${uuid}\n`,
    `\n${uuid}`,
    `${uuid}\0`,
    uuid.toUpperCase(),
    "../../etc/passwd",
    `x${uuid}`,
    `x${arn(uuid)}`,
    "xalias/orders",
    "xarn:aws:kms:eu-west-1:111122223333:alias/orders",
    "arn:aws:kms:eu-west-1:111122223333:alias/orders?",
    `${arn(uuid)}/..`,
    `${arn(uuid)}?x=1`,
    arn(uuid, "eu-west-1.evil.example"),
    arn(uuid, "eu-west-1", "11112222333"),
    arn(uuid, "eu-west-1", "111122223333", "gcp"),
    `arn:aws:s3:eu-west-1:111122223333:key/${uuid}`,
    `arn:aws:kms:eu-west-1:111122223333:key/alias/orders`,
    "https://kms.eu-west-1.amazonaws.com/",
    "a".repeat(10_000_000),
  ])("that is none of AWS's is INVALID_ARGUMENT (case %#)", async (reference) => {
    expect(await refusal((async () => readReference(reference))())).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  test("is taken only when it is one of the four forms, whatever the text", () => {
    const forms =
      /^(?:arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:)?(?:key\/)?(?:alias\/[\w/-]+|mrk-[0-9a-f]{32}|[0-9a-f-]{36})$/;
    const pieces = fc.constantFrom(
      "arn:",
      "aws",
      ":kms:",
      "eu-west-1",
      ":111122223333:",
      "key/",
      "alias/",
      uuid,
      replicated,
      "..",
      "/",
      "\n",
      "%",
      "x",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
        ),
        (reference) => {
          try {
            expect(readReference(reference)).toMatch(forms);
          } catch (error) {
            expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
          }
        },
      ),
    );
  });
});

describe("sameKey", () => {
  test("holds for equal ARNs and not for another key, account, partition or Region", () => {
    expect(sameKey(arn(uuid), arn(uuid))).toBe(true);
    expect(sameKey(arn(uuid), arn(uuid.replace("1", "2")))).toBe(false);
    expect(sameKey(arn(uuid), arn(uuid, "eu-west-2"))).toBe(false);
    expect(sameKey(arn(uuid), arn(uuid, "eu-west-1", "111122223334"))).toBe(false);
    expect(sameKey(arn(uuid), arn(uuid, "eu-west-1", "111122223333", "aws-cn"))).toBe(false);
  });

  test("holds between the Regions of a multi-Region key, and only there", () => {
    expect(sameKey(arn(replicated), arn(replicated, "us-east-1"))).toBe(true);
    expect(sameKey(arn(replicated), arn(replicated, "us-east-1", "111122223334"))).toBe(false);
    expect(sameKey(arn(replicated), arn(replicated, "us-gov-east-1", "111122223333", "aws-us-gov"))).toBe(false);
    expect(sameKey(arn(replicated), arn(replicated.replace("1", "2"), "us-east-1"))).toBe(false);
  });

  test("does not hold between a multi-Region ARN and a text that only looks like one", () => {
    for (const forged of [
      arn(replicated, "x"),
      arn(replicated, "evil.example/"),
      `${arn(replicated, "us-east-1")}\n`,
    ]) {
      expect(sameKey(arn(replicated), forged)).toBe(false);
    }
  });
});

describe("scope", () => {
  test("is partition, account and Region, read out of the ARN", () => {
    expect(scopeOf(arn(uuid))).toBe("aws:kms:eu-west-1:111122223333");
  });

  test.each([uuid, "alias/orders", "", "arn:aws:kms:eu-west-1:111122223333:alias/orders"])(
    "of %j there is none",
    async (id) => {
      expect(await refusal((async () => scopeOf(id))())).toMatchObject({ code: "INVALID_ARGUMENT" });
    },
  );

  test("is served where the Region is the configured one, or none is configured", () => {
    expect(servesScope("aws:kms:eu-west-1:111122223333", "eu-west-1")).toBe(true);
    expect(servesScope("aws:kms:eu-west-1:111122223333", "eu-west-2")).toBe(false);
    expect(servesScope("aws:kms:eu-west-1:111122223333", undefined)).toBe(true);
    expect(servesScope("projects/p/locations/l", undefined)).toBe(false);
  });
});

describe("the reference that a key was asked for by", () => {
  test("matches the key that answers when it names that key", () => {
    expect(answersTo(uuid, arn(uuid))).toBe(true);
    expect(answersTo(arn(uuid), arn(uuid))).toBe(true);
    expect(answersTo("alias/orders", arn(uuid))).toBe(true);
  });

  test("does not match another key", () => {
    const other = arn(uuid.replace("1", "2"));
    expect(answersTo(uuid, other)).toBe(false);
    expect(answersTo(arn(uuid), other)).toBe(false);
    expect(answersTo(uuid, "nonsense")).toBe(false);
  });
});

test("an ARN that is taken apart goes together again", () => {
  const key = fc.oneof(
    fc.uuid(),
    fc.uuid().map((id) => `mrk-${id.replaceAll("-", "")}`),
  );
  const parts = fc.record({
    partition: fc.constantFrom("aws", "aws-cn", "aws-us-gov"),
    region: fc.constantFrom("eu-west-1", "us-gov-east-1", "ap-southeast-5"),
    account: fc.stringMatching(/^\d{12}$/),
    key,
  });
  fc.assert(
    fc.property(parts, (given) => {
      expect(parseKeyArn(arn(given.key, given.region, given.account, given.partition))).toEqual(given);
    }),
  );
});

test("a version is 1 or 64 hexadecimal digits", () => {
  expect(["1", "a".repeat(64), "0123456789abcdef".repeat(4)].every(isVersion)).toBe(true);
  expect(
    ["", "0", "2", "11", "A".repeat(64), "a".repeat(63), "a".repeat(65), `${"a".repeat(64)}\n`, "../1"].some(isVersion),
  ).toBe(false);
});

test("a Region is a host label of AWS's and nothing else", () => {
  expect(["eu-west-1", "us-gov-west-1", "cn-northwest-1", "ap-southeast-12", "us-iso-east-1"].every(isRegion)).toBe(
    true,
  );
  expect(
    ["", "eu", "EU-WEST-1", "eu-west-1.evil.example", "eu-west-1/", "a@b", "eu-west-1\n", "localhost"].some(isRegion),
  ).toBe(false);
});
