import { expect, test } from "vitest";
import { azureKms } from "../src/index.ts";
import { liveAccount } from "./live-account.ts";
import { call, complete, keyOf, nameIn, stand } from "./setup.ts";

const ec = { algorithm: "ECDSA-P256-SHA256" } as const;

test("a live run deletes and purges what it made, also what it had deleted, and leaves what others make meanwhile", async () => {
  const here = await stand();
  const { emulator, tier } = here;
  const { vaultUrl, credential, clientOptions } = emulator;
  await here.driver.createKey({ ...ec, name: "theirs" }, call());
  const live = liveAccount({ vaultUrl, tier, credential }, clientOptions);
  const driver = complete(azureKms({ client: live.client, tier }), tier);
  await driver.createKey({ ...ec, name: "ours" }, call());
  const own = await keyOf({ ...here, driver }, ec.algorithm);
  await driver.scheduleDestruction(own, undefined, undefined, call());
  await here.driver.createKey({ ...ec, name: "theirs-later" }, call());
  const theirs = await keyOf(here, ec.algorithm);
  await here.driver.scheduleDestruction(theirs, undefined, undefined, call());
  expect(await live.cleanUp()).toEqual({ keys: 2, failures: [] });
  const left = [];
  for await (const { id, state } of here.driver.listKeys(call())) left.push([nameIn(id), state]);
  expect(left).toEqual([
    ["theirs", "enabled"],
    ["theirs-later", "enabled"],
    [nameIn(theirs.id), "destruction-scheduled"],
  ]);
});

test("a live run says what it could not clean up, and goes on with the rest", async () => {
  const { emulator, tier } = await stand({ purgeProtection: true });
  const { vaultUrl, credential, clientOptions } = emulator;
  const live = liveAccount({ vaultUrl, tier, credential }, clientOptions);
  const driver = azureKms({ client: live.client, tier });
  for (const name of ["a", "b"]) await driver.createKey({ ...ec, name }, call());
  const { keys, failures } = await live.cleanUp();
  expect([keys, failures.length]).toEqual([2, 2]);
});
