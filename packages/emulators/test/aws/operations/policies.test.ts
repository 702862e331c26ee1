import { GetKeyPolicyCommand } from "@aws-sdk/client-kms";
import { describe, expect, it } from "vitest";
import { createKey, nameOf, start } from "../setup.ts";

describe("GetKeyPolicy", () => {
  it("answers the policy of a key that was made without one", async () => {
    const { client } = await start({ accountId: "111122223333", region: "us-gov-west-1" });
    const { id } = await createKey(client);
    const answer = await client.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" }));
    expect(answer.PolicyName).toBe("default");
    expect(JSON.parse(answer.Policy ?? "")).toMatchObject({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: { AWS: "arn:aws-us-gov:iam::111122223333:root" }, Action: "kms:*" }],
    });
  });

  it("has no other policy name, and takes no alias", async () => {
    const { client } = await start();
    const { id } = await createKey(client);
    const get = (KeyId: string, PolicyName: string): Promise<string> =>
      nameOf(client.send(new GetKeyPolicyCommand({ KeyId, PolicyName })));
    expect(await get(id, "other")).toBe("NotFoundException");
    expect(await get(id, "")).toBe("ValidationException");
    expect(await get("alias/x", "default")).toBe("NotFoundException");
  });
});
