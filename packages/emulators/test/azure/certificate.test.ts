import { X509Certificate } from "node:crypto";
import { connect, createSecureContext } from "node:tls";
import { describe, expect, it } from "vitest";
import { makeCertificate, processCertificate } from "../../src/azure/certificate.ts";
import { start } from "./setup.ts";

describe("the certificate", () => {
  it("is RSA of 2048 bits, signed by itself, and good for loopback and the service's names", async () => {
    const { cert } = await processCertificate();
    const certificate = new X509Certificate(cert);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65_537n });
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
    expect(certificate.ca).toBe(true);
    expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
    for (const name of ["localhost", "contoso.vault.azure.net", "contoso.managedhsm.azure.net"]) {
      expect(certificate.checkHost(name)).toBeDefined();
    }
    expect(certificate.checkHost("vault.azure.net.example.com")).toBeUndefined();
    const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
    expect(from < Date.now() && Date.now() < to).toBe(true);
  });

  it.each([
    ["zeros", 0x00, "40"],
    ["ones", 0xff, "7F"],
  ])("has a serial number that TLS takes when %s were drawn for it", async (_what, byte, first) => {
    const { key, cert } = await makeCertificate(new Uint8Array(16).fill(byte));
    expect(() => createSecureContext({ key, cert })).not.toThrow();
    const { serialNumber } = new X509Certificate(cert);
    expect([serialNumber.slice(0, 2), serialNumber.length]).toEqual([first, 32]);
  });

  it("is made once for a process, also when many ask at once", async () => {
    const [one, two, three] = await Promise.all([processCertificate(), processCertificate(), processCertificate()]);
    expect(two).toBe(one);
    expect(three).toBe(one);
  });

  it("goes with its private key: who trusts it reaches the emulator, and who does not goes away", async () => {
    const { emulator } = await start();
    const port = Number(new URL(emulator.vaultUrl).port);
    const reach = (ca: string | undefined): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ host: "127.0.0.1", port, ca }, () => {
          resolve("trusted");
          socket.destroy();
        });
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "none"));
      });
    expect(await reach(emulator.certificate)).toBe("trusted");
    expect(await reach(undefined)).toMatch(/SELF_SIGNED/);
    expect(await reach(emulator.certificate)).toBe("trusted");
  });
});
