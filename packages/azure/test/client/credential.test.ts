import { expect, test } from "vitest";
import { ownCredential } from "../../src/client/credential.ts";
import { refusal } from "../setup.ts";

/** A credential that counts how often it is asked, and a switch that closes the driver. */
function counted(answer: (asked: number) => string | undefined) {
  let asked = 0;
  let closed = false;
  const getToken = async () => {
    asked += 1;
    const token = answer(asked);
    return token === undefined ? null : { token, expiresOnTimestamp: 0 };
  };
  const own = ownCredential({ getToken }, () => closed);
  return { ask: () => own.getToken("x"), close: () => void (closed = true), asked: () => asked };
}

test("a credential is not asked once the driver is closed: the last token there was is answered, which ends the SDK's renewal", async () => {
  const { ask, close, asked } = counted((count) => (count < 3 ? `token ${count}` : undefined));
  expect(await ask()).toMatchObject({ token: "token 1" });
  expect(await ask()).toMatchObject({ token: "token 2" });
  expect(await ask()).toBeNull();
  close();
  expect(await ask()).toMatchObject({ token: "token 2" });
  expect(asked()).toBe(3);
});

test("a credential that gave no token before the driver was closed is not asked either: that is CLOSED", async () => {
  const { ask, close, asked } = counted(() => undefined);
  close();
  expect(await refusal(ask())).toMatchObject({ code: "CLOSED", outcome: "none" });
  expect(asked()).toBe(0);
});
