import { createCipheriv } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tags, writeDer, writeInteger, writeOid } from "../../src/formats/der.ts";
import { pkcs8ToMaterial } from "../../src/formats/index.ts";
import { pkcs12Keys } from "../../src/formats/pkcs12.ts";
import { codeOf } from "../fixture.ts";

// openssl 3.0.19 pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout file:…, over the Ed25519 key of RFC 8410 §10.3.
const theirs: Readonly<Record<string, readonly [passphrase: string | Uint8Array, base64: string]>> = {
  "text of any script": [
    "pässword 🔑",
    "MFgwHAYKKoZIhvcNAQwBAzAOBAjhyM5pETaJGwICCAAEOGifOSDDWEi0r5SiSgsZWqhqIIgZO+C+Vlr2I4PFgZIQfE2JnzlhGi5yrepsnftnZWeG5cbPjLsi",
  ],
  "bytes that are no UTF-8": [
    Buffer.from("p\u00e4ss", "latin1"),
    "MFgwHAYKKoZIhvcNAQwBAzAOBAisfYrbRZ48OQICCAAEOI2Oaq9vgxiLDxbNi2SQYsjNioIX2K6r5SKSwhONXQZVw7zOK9VeLsn7PqKqq4y9O935aZ3nHF/a",
  ],
  nothing: [
    "",
    "MFgwHAYKKoZIhvcNAQwBAzAOBAipG+4XluVOjwICCAAEOMEGJyYZ/BGbCUsPlSuZ2gf/fYdkfUXgmLM+ZUlSJB9scrJumZR5UhpBJQGhn2s8uqltd9wGwj+6",
  ],
};
const seed = Buffer.from("1O5y2/kTWErVttjx92n4rTr+fCjL8dT74Jeoj0R1WEI=", "base64");
const { sequence, octetString } = tags;
const zero = new Uint8Array(1);

const info = (...more: readonly Uint8Array[]): Uint8Array =>
  writeDer(
    sequence,
    writeInteger(zero),
    writeDer(sequence, writeOid("2b6570")),
    writeDer(octetString, writeDer(octetString, seed)),
    ...more,
  );

/** Encrypted as PKCS#12 has it, under "x". */
function sealed(plaintext: Uint8Array, iterations = 2048): Uint8Array {
  const salt = new Uint8Array(8).fill(5);
  const { key, iv } = pkcs12Keys(Buffer.from("x"), { salt, iterations });
  const cipher = createCipheriv("des-ede3-cbc", key, iv);
  const parameters = writeDer(
    sequence,
    writeDer(octetString, salt),
    writeInteger(Uint8Array.of(iterations >> 8, iterations & 255)),
  );
  return writeDer(
    sequence,
    writeDer(sequence, writeOid("2a864886f70d010c0103"), parameters),
    writeDer(octetString, cipher.update(plaintext), cipher.final()),
  );
}
const code = (der: Uint8Array, passphrase: string): Promise<string> =>
  codeOf(() => pkcs8ToMaterial(der, { passphrase }));

describe("PKCS#8 in PKCS#12's own encryption", () => {
  it.each(Object.keys(theirs))("that OpenSSL wrote opens under its passphrase: %s", async (title) => {
    const [passphrase, base64] = theirs[title] ?? expect.unreachable();
    const { material, algorithms } = await pkcs8ToMaterial(Buffer.from(base64, "base64"), { passphrase });
    expect([Buffer.from(material).subarray(-32), algorithms]).toEqual([seed, ["Ed25519"]]);
  });

  it("is DECRYPTION_FAILED under any other passphrase; a right padding by accident changes nothing", async () => {
    // One passphrase in 256 leaves padding that looks right.
    const der = sealed(info(), 1);
    const codes = new Set<string>();
    for (let count = 0; count < 1000; count += 1) codes.add(await code(der, `wrong ${count}`));
    expect([...codes]).toEqual(["DECRYPTION_FAILED"]);
  });

  const restricted = writeDer(tags.first, writeDer(sequence, writeOid("551d0f"), writeDer(tags.set)));
  const refused: Readonly<Record<string, Uint8Array>> = {
    "an attribute that restricts its usage": info(restricted),
    "elements behind it": info(writeDer(tags.null)),
    "a byte behind its end": Buffer.concat([info(), zero]),
  };
  it.each(Object.keys(refused))(
    "is refused with %s, which OpenSSL would overlook or call a wrong passphrase",
    async (defect) => {
      expect(await code(sealed(refused[defect] ?? zero), "x")).toBe("INVALID_ARGUMENT");
      expect((await pkcs8ToMaterial(sealed(info()), { passphrase: "x" })).algorithms).toEqual(["Ed25519"]);
    },
  );
});
