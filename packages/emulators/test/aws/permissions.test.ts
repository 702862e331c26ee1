import {
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  ListAliasesCommand,
  ListKeysCommand,
} from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { ACTIONS, OPERATIONS } from "../../src/aws/operations/index.ts";
import { CALLS, subjectFor } from "./operations/calls.ts";
import { bytes, createKey, encrypt, nameOf, present, refusalOf, start } from "./setup.ts";

const SECOND_ACTION = { ReEncrypt: "kms:ReEncryptTo" } as const;
const CASES = Object.entries(CALLS).map(([operation, row]) => [operation, row] as const);

describe("permissions", () => {
  it.each(CASES)(
    "denied, %s is refused with its action named, on a key that would serve it",
    async (operation, row) => {
      const { emulator, client } = await start();
      const subject = await subjectFor(client, row.kind);
      const action = OPERATIONS.get(operation)?.action ?? "";
      emulator.permissions.deny(action);
      const refusal = await refusalOf(row.call(subject));
      expect(refusal.name).toBe("AccessDeniedException");
      expect(refusal.message).toContain(`not authorized to perform: ${action} on resource: `);
    },
  );

  it.each(Object.entries(SECOND_ACTION))("%s needs %s too, on the other key", async (operation, action) => {
    const { emulator, client } = await start();
    const row = present(CALLS[operation]);
    const subject = await subjectFor(client, row.kind);
    emulator.permissions.deny(action);
    const refusal = await refusalOf(row.call(subject));
    expect(refusal.name).toBe("AccessDeniedException");
    expect(refusal.message).toContain(subject.other);
  });

  it("are tested for every operation that the emulator has", () => {
    expect([...OPERATIONS.keys()].filter((name) => !Object.hasOwn(CALLS, name))).toEqual([]);
  });

  it("deny names principal, action and resource as the service does", async () => {
    const { emulator, client } = await start();
    const { id, arn } = await createKey(client);
    emulator.permissions.deny("kms:Encrypt");
    const refusal = await refusalOf(client.send(new EncryptCommand({ KeyId: id, Plaintext: bytes("x") })));
    expect(refusal.name).toBe("AccessDeniedException");
    expect(refusal.message).toContain(
      `User: arn:aws:iam::000000000000:user/emulator is not authorized to perform: kms:Encrypt on resource: ${arn}`,
    );
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId: id })))).toBe("none");
  });

  it("deny reaches calls that name no key", async () => {
    const { emulator, client } = await start();
    emulator.permissions.deny("kms:ListKeys");
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("AccessDeniedException");
    expect(await nameOf(client.send(new ListAliasesCommand({})))).toBe("none");
  });

  it("deny is decided before the key's state is told", async () => {
    const { emulator, client } = await start();
    const { id } = await createKey(client);
    const blob = await encrypt(client, id, "text");
    await client.send(new DisableKeyCommand({ KeyId: id }));
    emulator.permissions.deny("kms:Decrypt");
    expect(await nameOf(client.send(new DecryptCommand({ CiphertextBlob: blob })))).toBe("AccessDeniedException");
  });

  it("allowOnly leaves nothing but what it lists, and not what was denied", async () => {
    const { emulator, client } = await start();
    const { id } = await createKey(client);
    emulator.permissions.deny("kms:DescribeKey");
    emulator.permissions.allowOnly(["kms:Encrypt", "kms:DescribeKey"]);
    expect(await nameOf(encrypt(client, id, "text"))).toBe("none");
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId: id })))).toBe("AccessDeniedException");
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("AccessDeniedException");
    emulator.permissions.reset();
    expect(await nameOf(client.send(new ListKeysCommand({})))).toBe("none");
    expect(await nameOf(client.send(new DescribeKeyCommand({ KeyId: id })))).toBe("none");
  });

  it("CreateKey with tags needs kms:TagResource too, and makes no key without it", async () => {
    const { emulator, client } = await start();
    emulator.permissions.deny("kms:TagResource");
    const Tags = [{ TagKey: "a", TagValue: "b" }];
    const refusal = await refusalOf(client.send(new CreateKeyCommand({ Tags })));
    expect(refusal.name).toBe("AccessDeniedException");
    expect(refusal.message).toContain("perform: kms:TagResource");
    expect((await client.send(new ListKeysCommand({}))).Keys).toEqual([]);
    expect(await nameOf(client.send(new CreateKeyCommand({})))).toBe("none");
  });

  it("refuse an action that the emulator does not know, so that a slip of the pen allows nothing", async () => {
    const { emulator } = await start();
    expect(() => emulator.permissions.deny("kms:Encript")).toThrow(RangeError);
    expect(() => emulator.permissions.allowOnly(["kms:*"])).toThrow(RangeError);
  });

  it("know one action for each operation, named after it", () => {
    expect(ACTIONS.has("kms:GenerateDataKey")).toBe(true);
    expect([...ACTIONS].filter((action) => !/^kms:[A-Z][A-Za-z]+$/.test(action))).toEqual([]);
  });
});
