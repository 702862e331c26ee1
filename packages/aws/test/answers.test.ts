import { describe, expect, test } from "vitest";
import { alterAnswers, bytes, call, context, isRecord, refusal, stand, target, version1 } from "./setup.ts";

const digest = { kind: "digest", hash: "SHA-256", bytes: new Uint8Array(32) } as const;

describe("an answer that lacks a member is UNKNOWN", () => {
  test.each(["CiphertextBlob", "KeyMetadata", "Plaintext", "PublicKey", "Signature", "Mac"])("%s", async (member) => {
    const here = await stand();
    const { driver } = here;
    const symmetric = target(await driver.createKey({ algorithm: "AES-256-GCM" }, call()), "AES-256-GCM");
    const signing = version1(await driver.createKey({ algorithm: "ECDSA-P256-SHA256" }, call()), "ECDSA-P256-SHA256");
    const mac = version1(await driver.createKey({ algorithm: "HMAC-SHA256" }, call()), "HMAC-SHA256");
    const { bytes: ciphertext } = await driver.encrypt(symmetric, bytes("x"), context(), call());
    alterAnswers(here, (output) => void delete output[member]);
    const attempts: Readonly<Record<string, readonly (() => unknown)[]>> = {
      CiphertextBlob: [
        () => driver.encrypt(symmetric, bytes("x"), context(), call()),
        () => driver.wrapDataKey(symmetric, bytes("x"), context(), call()),
        () => driver.generateDataKey(symmetric, 32, context(), call()),
      ],
      KeyMetadata: [
        () => driver.describeKey(symmetric.id, call()),
        () => driver.createKey({ algorithm: "AES-256-GCM" }, call()),
        () => driver.rotate(symmetric, call()),
      ],
      Plaintext: [
        () => driver.decrypt(symmetric, ciphertext, context(), call()),
        () => driver.generateDataKey(symmetric, 32, context(), call()),
        () => driver.generateRandom(8, call()),
      ],
      PublicKey: [() => driver.getPublicKey(signing, call())],
      Signature: [() => driver.sign(signing, digest, call())],
      Mac: [() => driver.generateMac(mac, bytes("x"), call())],
    };
    for (const attempt of attempts[member] ?? []) {
      const error = await refusal(attempt());
      expect(error.code).toBe("UNKNOWN");
      expect(error.message).toContain(member);
    }
  });

  test.each(["Arn", "KeyState"])("%s of a key that was made; the tag to find it by is named", async (member) => {
    const here = await stand();
    alterAnswers(here, ({ KeyMetadata: made }) => void (isRecord(made) && delete made[member]));
    const error = await refusal(here.driver.createKey({ algorithm: "HMAC-SHA256" }, call({ idempotencyToken: "t" })));
    expect(error).toMatchObject({ code: "UNKNOWN", outcome: "unknown" });
    expect(error.message).toContain("kms-nonce=t");
    expect(error.message).toContain(member);
  });

  test("the marker of a list that goes on, which is not taken for its end", async () => {
    const here = await stand();
    const { id } = await here.driver.createKey({ algorithm: "AES-256-GCM" }, call());
    alterAnswers(here, (output) => void ("Truncated" in output && (output["Truncated"] = true)));
    const listing = async () => {
      for await (const { id: listed } of here.driver.listKeys(call())) expect(listed).toBe(id);
    };
    for (const attempt of [listing, () => here.driver.describeKey(id, call())]) {
      const error = await refusal(attempt());
      expect(error.code).toBe("UNKNOWN");
      expect(error.message).toContain("NextMarker");
    }
  });

  test("KeyId of a data key, which its name is made of", async () => {
    const here = await stand();
    const key = target(await here.driver.createKey({ algorithm: "AES-256-GCM" }, call()), "AES-256-GCM");
    alterAnswers(here, (output) => void delete output["KeyId"]);
    expect(await refusal(here.driver.generateDataKey(key, 32, context(), call()))).toMatchObject({ code: "UNKNOWN" });
  });
});

describe("an answer that is not what was asked for", () => {
  test("random bytes and data keys of another length are UNKNOWN", async () => {
    const here = await stand();
    const key = target(await here.driver.createKey({ algorithm: "AES-256-GCM" }, call()), "AES-256-GCM");
    alterAnswers(here, (output) => void (output["Plaintext"] = new Uint8Array(5)));
    expect(await refusal(here.driver.generateRandom(8, call()))).toMatchObject({ code: "UNKNOWN" });
    expect(await refusal(here.driver.generateDataKey(key, 32, context(), call()))).toMatchObject({ code: "UNKNOWN" });
  });

  test("another key than the one whose id was given is TAMPERED", async () => {
    const here = await stand();
    const [asked, other] = [
      await here.driver.createKey({ algorithm: "HMAC-SHA256" }, call()),
      await here.driver.createKey({ algorithm: "HMAC-SHA256" }, call()),
    ];
    alterAnswers(here, (output) => {
      if (output["KeyMetadata"]) output["KeyMetadata"] = { ...output["KeyMetadata"], Arn: other.id };
    });
    for (const reference of [asked.id, asked.id.split("/")[1] ?? ""]) {
      expect(await refusal(here.driver.describeKey(reference, call()))).toMatchObject({
        code: "TAMPERED",
        keyId: other.id,
      });
    }
  });

  test("a verdict that is not true is not valid", async () => {
    const here = await stand();
    const signing = version1(
      await here.driver.createKey({ algorithm: "ECDSA-P256-SHA256" }, call()),
      "ECDSA-P256-SHA256",
    );
    const mac = version1(await here.driver.createKey({ algorithm: "HMAC-SHA256" }, call()), "HMAC-SHA256");
    const signature = (await here.driver.sign(signing, digest, call())).bytes;
    const made = (await here.driver.generateMac(mac, bytes("x"), call())).bytes;
    alterAnswers(here, (output) => {
      delete output["SignatureValid"];
      output["MacValid"] = "true";
    });
    expect((await here.driver.verify(signing, digest, signature, call())).valid).toBe(false);
    expect((await here.driver.verifyMac(mac, bytes("x"), made, call())).valid).toBe(false);
  });

  test("a key state that is not known counts as unavailable, with a finding", async () => {
    const here = await stand();
    const { id } = await here.driver.createKey({ algorithm: "HMAC-SHA256" }, call());
    alterAnswers(here, (output) => {
      if (output["KeyMetadata"]) output["KeyMetadata"] = { ...output["KeyMetadata"], KeyState: "Melted" };
    });
    const record = await here.driver.describeKey(id, call());
    expect(record.state).toBe("unavailable");
    expect(record.findings).toMatchObject([{ found: "Melted", severity: "warning" }]);
  });

  test("a key of a custom store says so, and is not asked for materials that it has not", async () => {
    const here = await stand();
    const { id } = await here.driver.createKey({ algorithm: "AES-256-GCM" }, call());
    alterAnswers(here, (output) => {
      const { CurrentKeyMaterialId: _none, ...rest } = Object.assign(
        { CurrentKeyMaterialId: "" },
        output["KeyMetadata"],
      );
      if (output["KeyMetadata"]) output["KeyMetadata"] = { ...rest, Origin: "EXTERNAL_KEY_STORE" };
    });
    here.emulator.requests.clear();
    expect(await here.driver.describeKey(id, call())).toMatchObject({
      protection: "external",
      origin: "external-store",
      currentVersion: undefined,
      versions: [],
      versionsComplete: false,
    });
    expect(here.emulator.requests.list().map(({ operation }) => operation)).toEqual([
      "DescribeKey",
      "ListResourceTags",
    ]);
  });
});
