import { randomBytes } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { decrypt, encrypt, rawAesRecipient } from "../../src/index.ts";
import { refusal } from "../setup.ts";

const recipient = rawAesRecipient("space", "key", randomBytes(32));
const plaintext = new Uint8Array(100_000);

/** From here on there is no room for anything larger than a frame. */
function exhaust(): void {
  const allocate = Buffer.allocUnsafeSlow;
  vi.spyOn(Buffer, "allocUnsafeSlow").mockImplementation((size) => {
    if (size > 70_000) throw new RangeError("Array buffer allocation failed");
    return allocate(size);
  });
}
afterEach(() => {
  vi.restoreAllMocks();
});

test("a message that does not fit into memory at once is TOO_LARGE, made or opened", async () => {
  const message = await encrypt(recipient, plaintext);
  exhaust();
  expect((await refusal(encrypt(recipient, plaintext))).code).toBe("TOO_LARGE");
  expect((await refusal(decrypt(recipient, message))).code).toBe("TOO_LARGE");
});
