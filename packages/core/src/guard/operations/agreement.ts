import { hkdf, publicKeyOf } from "../../algorithms/primitives.ts";
import type { Digest } from "../../algorithms/registry.ts";
import { digestBytes } from "../../algorithms/table.ts";
import type { Bytes, OwnedBytes } from "../../contract/words.ts";
import { KmsError } from "../../errors.ts";
import { broughtCrypto, broughtImplementation } from "../brought-crypto.ts";
import { drive, harmless } from "../drive.ts";
import type { Row } from "../pipeline.ts";
import { unsupported } from "../provider.ts";
import type { KeyTask } from "../task.ts";
import { pinnedVersion } from "../versions.ts";
import { claimed, compareNamed, member, owned, questionOf, continueWith } from "./use.ts";

/** How a shared secret becomes key material. */
export interface Derived {
  readonly info: OwnedBytes;
  readonly lengthBytes: number;
}

/**
 * HKDF (RFC 5869) with a digest as strong as the curve (P-256: SHA-256, P-384: SHA-384, P-521: SHA-512), no salt and the caller's
 * `info`; the raw secret is overwritten (`crypto-rules` 10). `TAMPERED` for a secret of another length than the algorithm's.
 */
function derive(task: KeyTask, secret: Bytes, { info, lengthBytes }: Derived): OwnedBytes {
  try {
    checkSecretLength(task, secret.length);
    return hkdf(digestOf(task), secret, { salt: new Uint8Array(0), info, lengthBytes });
  } finally {
    secret.fill(0);
  }
}

/** ECDH with the newest version that the handle pins, and a peer's public key on the same curve. */
export const deriveSharedSecret: Row<KeyTask, Derived & { readonly peerSpki: OwnedBytes }, OwnedBytes> = {
  operation: "deriveSharedSecret",
  effect: "protect",
  mutates: false,
  check: (task, { lengthBytes, peerSpki }) => {
    claimed(task, "deriveSharedSecret");
    checkDerivedLength(task, lengthBytes);
    publicKeyOf(peerSpki, task.key.claims.algorithm); // on the same curve, or refused before anybody is asked
  },
  question: (task) => questionOf(task, "protect"),
  work: (task, input) => {
    const target = task.key.versionReference(pinnedVersion(task));
    const deriveAt = member(task, "deriveSharedSecret");
    return continueWith(
      drive(task, harmless, (call) => deriveAt(target, input.peerSpki, call)),
      (answer) => {
        compareNamed(task, answer, target.version);
        return derive(task, answer.bytes, input);
      },
    );
  },
};

/** A secret for the holder of the key, and the ciphertext that carries it. Here where a `publicKeyCrypto` has the algorithm, else at the provider. */
export const encapsulate: Row<KeyTask, Derived, { readonly secret: OwnedBytes; readonly ciphertext: OwnedBytes }> = {
  operation: "encapsulate",
  effect: "protect",
  mutates: false,
  check: (task, { lengthBytes }) => {
    claimed(task, "encapsulate");
    checkDerivedLength(task, lengthBytes);
  },
  question: (task) => {
    const question = questionOf(task, "protect");
    if (question.implementation !== "local") return question;
    return {
      ...question,
      implementation: broughtImplementation(task.instance, task.key.claims.algorithm, "encapsulate"),
    };
  },
  work: (task, input) => {
    const { key, instance } = task;
    const { algorithm } = key.claims;
    const target = key.versionReference(pinnedVersion(task));
    if (key.row.operations.encapsulate === "local") {
      const brought = broughtCrypto(instance, algorithm, "encapsulate");
      const spki = key.pinned(target.version)?.publicKey?.spki;
      if (brought?.encapsulate === undefined || spki === undefined) {
        throw unsupported(
          task.provider.name,
          "encapsulate",
          `${algorithm}: give createKms a publicKeyCrypto that has it`,
        );
      }
      const { secret, ciphertext } = brought.encapsulate(algorithm, new Uint8Array(spki));
      return Object.freeze({ secret: derive(task, secret, input), ciphertext: owned(ciphertext) });
    }
    const encapsulateAt = member(task, "encapsulate");
    return continueWith(
      drive(task, harmless, (call) => encapsulateAt(target, call)),
      (answer) => {
        compareNamed(task, answer, target.version);
        return Object.freeze({ secret: derive(task, answer.secret, input), ciphertext: owned(answer.bytes) });
      },
    );
  },
};

/** The secret out of a ciphertext. A wrong ciphertext or key gives another secret, not an error (implicit rejection, FIPS 203 §6.3): confirm it before use. */
export const decapsulate: Row<KeyTask, Derived & { readonly ciphertext: OwnedBytes }, OwnedBytes> = {
  operation: "decapsulate",
  effect: "process",
  mutates: false,
  check: encapsulateCheck,
  question: (task) => questionOf(task, "process"),
  work: (task, input) => {
    const target = task.key.versionReference(task.key.signingVersion);
    task.version = target.version;
    const decapsulateAt = member(task, "decapsulate");
    return continueWith(
      drive(task, harmless, (call) => decapsulateAt(target, input.ciphertext, call)),
      (answer) => {
        compareNamed(task, answer, target.version);
        return derive(task, answer.bytes, input);
      },
    );
  },
};

function encapsulateCheck(task: KeyTask, { lengthBytes }: Derived): void {
  claimed(task, "decapsulate");
  checkDerivedLength(task, lengthBytes);
}

// As strong as the curve; ML-KEM secrets have 32 bytes.
const digestOf = (task: KeyTask): Digest => {
  const { curve } = task.key.algorithm;
  return curve === "P-521" ? "SHA-512" : curve === "P-384" ? "SHA-384" : "SHA-256";
};

const coordinateBytes: ReadonlyMap<string, number> = new Map([
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
]);

// An empty or short secret would give everybody the same key. SP 800-56A §5.7.1.2: a coordinate; FIPS 203 §8: 32 bytes.
function checkSecretLength(task: KeyTask, lengthBytes: number): void {
  const { curve = "", algorithm } = task.key.algorithm;
  const expected = coordinateBytes.get(curve) ?? 32;
  if (lengthBytes === expected) return;
  throw new KmsError(
    "TAMPERED",
    `A shared secret of ${lengthBytes} bytes was answered; ${algorithm} has ${expected}. It was thrown away.`,
  );
}

// RFC 5869 §2.3: at most 255 blocks of the digest. Below 16 bytes no secret is worth the name.
function checkDerivedLength(task: KeyTask, lengthBytes: number): void {
  const maximum = 255 * digestBytes[digestOf(task)];
  if (lengthBytes >= 16 && lengthBytes <= maximum) return;
  throw new KmsError("INVALID_ARGUMENT", `lengthBytes is a whole number from 16 to ${maximum}.`);
}
