import { createKms, hmacSealer, type Kms } from "@kms/core";
import { memoryStore, selfManagedKms, type SelfManagedDriver } from "@kms/self-managed";
import { readFileSync, readdirSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { openSink } from "../src/file-audit-sink.ts";
import { fileAuditSink, fingerprintAssociatedData, verifyAuditLog, type FileAuditSink } from "../src/index.ts";
import {
  allLines,
  failure,
  faultyDisk,
  key as logKey,
  pathOf,
  place,
  settle,
  systemError,
  testClock,
  until,
  type Fault,
} from "./fixture.ts";

const sealer = hmacSealer({ keys: [{ kid: "test", secret: new Uint8Array(32).fill(1) }] });
const plaintext = new TextEncoder().encode("forty propeller hubs, in secret");
const aes = { algorithm: "AES-256-GCM" } as const;

const kmsOver = async (audit: FileAuditSink): Promise<Kms<{ own: SelfManagedDriver }>> =>
  createKms({ providers: { own: await selfManagedKms({ store: memoryStore() }) }, sealer, audit, actor: "alice" });

describe("Kms over a file sink", () => {
  it("records an intent and an outcome of every call, and closes the log with itself", async () => {
    const directory = place();
    const kms = await kmsOver(await fileAuditSink({ directory, key: logKey, sealer, onCheckpoint: () => undefined }));
    const key = await kms.generateKey("own", aes);
    const ciphertexts = await Promise.all(
      Array.from({ length: 200 }, (_, index) => kms.encrypt(key, plaintext, { tenant: String(index) })),
    );
    expect(ciphertexts).toHaveLength(200);
    await kms.close();
    expect(await verifyAuditLog({ directory, key: logKey })).toMatchObject({ ok: true, entries: 402 });
    const events = allLines(directory).flatMap(({ kind, body }) => (kind === "event" ? [body] : []));
    const of42 = fingerprintAssociatedData({ key: logKey, name: "tenant", value: "42" });
    const about42 = events.filter(({ associatedDataHmac }) => inspect(associatedDataHmac).includes(of42));
    expect(about42.map(({ phase, operation, actor, outcome }) => [phase, operation, actor, outcome])).toEqual([
      ["intent", "encrypt", "alice", undefined],
      ["outcome", "encrypt", "alice", "done"],
    ]);
  });

  it("answers AUDIT_FAILED when the disk is stuck, and has done nothing", async () => {
    const clock = testClock();
    const directory = place();
    let fault: Fault = () => undefined;
    const sink = await openSink(
      { directory, key: logKey, clock },
      faultyDisk((call, path) => fault(call, path)),
    );
    const kms = await kmsOver(sink);
    const key = await kms.generateKey("own", aes);
    let letGo: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let isHeld = false;
    fault = () => {
      isHeld = true;
      return gate;
    };
    const refused = failure(() => kms.rotateKey(key));
    await until(() => isHeld);
    clock.advance(5_000);
    expect(await refused).toMatchObject({ code: "AUDIT_FAILED", outcome: "none", operation: "rotateKey" });
    expect((await refused).cause).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect((await failure(() => kms.encrypt(key, plaintext))).code).toBe("AUDIT_FAILED");
    fault = () => undefined;
    letGo();
    await until(() => sink.health().state !== "stuck");
    expect((await kms.describeKey(key)).versions).toHaveLength(1);
    await kms.close();
    expect(await verifyAuditLog({ directory, key: logKey })).toMatchObject({ ok: true });
  });

  it("answers AUDIT_FAILED with what happened when the outcome finds a full disk", async () => {
    const directory = place();
    let writes = 0;
    const sink = await openSink(
      { directory, key: logKey },
      faultyDisk((call) => {
        if (call === "write") writes += 1;
        if (call === "write" && writes === 5) throw systemError("ENOSPC");
      }),
    );
    const kms = await kmsOver(sink);
    const key = await kms.generateKey("own", aes); // header, intent, outcome; then the intent and outcome of this:
    const error = await failure(() => kms.disableKey(key));
    expect(error).toMatchObject({ code: "AUDIT_FAILED", outcome: "done", keyId: expect.any(String) as string });
    expect((await kms.describeKey(key)).state).toBe("suspended");
    await kms.close();
    expect(allLines(directory).find(({ kind }) => kind === "recovery")?.body).toMatchObject({ refused: 1 });
    expect(await verifyAuditLog({ directory, key: logKey })).toMatchObject({ ok: true });
  });
});

describe("a log", () => {
  it("holds no plaintext, no key, no token and no value of associated data", async () => {
    const directory = place();
    const auditKey = Uint8Array.from({ length: 32 }, (_, index) => 200 - index);
    const kms = await kmsOver(await fileAuditSink({ directory, key: auditKey, sealer, onCheckpoint: () => undefined }));
    const key = await kms.generateKey("own", aes);
    const entries = { tenant: "canary-tenant-4711" };
    const ciphertext = await kms.encrypt(key, plaintext, entries);
    await kms.decrypt(key, ciphertext, entries);
    const altered = Uint8Array.from(ciphertext);
    altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
    await failure(() => kms.decrypt(key, altered, entries));
    const dataKey = await kms.generateDataKey(key, 32, entries);
    const mac = await kms.generateKey("own", { algorithm: "HMAC-SHA256" });
    await kms.generateMac(mac, plaintext);
    const token = await kms.sealHandle(key);
    await settle();
    await kms.close();
    const content = readdirSync(directory)
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => readFileSync(pathOf(directory, name)));
    const all = Buffer.concat(content);
    expect(all.includes("tenant")).toBe(true);
    expect(all.includes(token)).toBe(false);
    for (const secret of [plaintext, auditKey, dataKey.plaintext, Buffer.from("canary-tenant-4711")]) {
      const bytes = Buffer.from(secret);
      for (const form of [bytes, bytes.toString("hex"), bytes.toString("base64url"), bytes.toString("base64")]) {
        expect(all.includes(form)).toBe(false);
      }
    }
    const sink = await fileAuditSink({ directory: place(), key: auditKey });
    expect(inspect(sink, { depth: 9, showHidden: true })).not.toMatch(/200, 199|c8 c7/);
    await sink.close();
  });
});
