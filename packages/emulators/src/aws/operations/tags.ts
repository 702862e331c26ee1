import { AwsError, validation } from "../errors.ts";
import { Input } from "../input.ts";
import { DEFAULTS, LIMITS } from "../limits.ts";
import { cutPage, readPage } from "../paging.ts";
import { byKeyId, type OperationRow } from "./row.ts";

const RESERVED = /^aws:/i;
const tagError = (message: string): AwsError => new AwsError("TagException", message);

/**
 * Reads a list of tags. `TagException` for more than 50, two with one key, or a key that begins with `aws:`.
 * Source: AWS KMS API Reference, CreateKey, Tags; AWS KMS Developer Guide, Tags in AWS KMS.
 */
export function readTags(operation: string, input: Input): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const entry of input.objects("Tags")) {
    const tag = new Input(operation, entry, ["TagKey", "TagValue"]);
    const key = tag.requiredText("TagKey", LIMITS.tagKeyLength);
    const value = tag.text("TagValue", LIMITS.tagValueLength);
    if (value === undefined) throw validation("tagValue", "null", "Member must not be null");
    if (RESERVED.test(key)) throw tagError("Tags beginning with aws: are reserved");
    if (tags.has(key)) throw tagError("Duplicate tag keys");
    tags.set(key, value);
  }
  refuseTooMany(tags);
  return tags;
}

function refuseTooMany(tags: ReadonlyMap<string, string>): void {
  if (tags.size > LIMITS.tags.maximum) throw tagError("Too many tags");
}

const tagResource: OperationRow = {
  kind: "key",
  action: "kms:TagResource",
  members: ["KeyId", "Tags"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, TagResource",
  prepare: (input) => {
    const locate = byKeyId(input);
    if (!input.has("Tags")) throw validation("tags", "null", "Member must not be null");
    const added = readTags("TagResource", input);
    return {
      locate,
      run: ({ key, account }) => {
        const tags = new Map([...key.latestTags, ...added]); // "KMS replaces the current tag value"
        refuseTooMany(tags);
        key.setTags(tags, account.store.moment());
        return undefined;
      },
    };
  },
};

const untagResource: OperationRow = {
  kind: "key",
  action: "kms:UntagResource",
  members: ["KeyId", "TagKeys"],
  states: "not-pending-deletion",
  source: "AWS KMS API Reference, UntagResource",
  prepare: (input) => {
    const locate = byKeyId(input);
    const removed = new Set(input.requiredTexts("TagKeys", LIMITS.tagKeyLength));
    return {
      locate,
      run: ({ key, account }) => {
        // A key that has no such tag is no error ("it doesn't throw an exception").
        const tags = new Map([...key.latestTags].filter(([name]) => !removed.has(name)));
        key.setTags(tags, account.store.moment());
        return undefined;
      },
    };
  },
};

const listResourceTags: OperationRow = {
  kind: "key",
  action: "kms:ListResourceTags",
  members: ["KeyId", "Limit", "Marker"],
  states: "any",
  source: "AWS KMS API Reference, ListResourceTags",
  prepare: (input) => {
    const locate = byKeyId(input);
    const page = readPage(input, LIMITS.listResourceTags, DEFAULTS.listResourceTags.value);
    return {
      locate,
      run: ({ key }) => {
        const tags = [...key.tags].toSorted(([a], [b]) => (a < b ? -1 : 1));
        const { entries, more } = cutPage(tags, ([name]) => name, page);
        return { Tags: entries.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...more };
      },
    };
  },
};

/** TagResource, UntagResource and ListResourceTags. */
export const TAG_OPERATIONS: Readonly<Record<string, OperationRow>> = {
  TagResource: tagResource,
  UntagResource: untagResource,
  ListResourceTags: listResourceTags,
};
