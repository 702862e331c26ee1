import { KmsError } from "@kms/core/driver";
import { random, stretch, type ScryptParameters } from "../primitives.ts";
import { base64, integer, malformed, object, valueOf } from "../sealed/format.ts";
import type { Root } from "./root.ts";

/** What `passphraseRoot` takes beside the passphrase. */
export interface PassphraseOptions {
  /**
   * How much work one guess is: N of scrypt. Default 131,072: 128 MiB and some 0.4 s. Each doubling doubles both, for
   * whoever opens the store as for whoever guesses; 1,048,576 takes 1 GiB. Only new slots take it.
   */
  readonly cost?: PassphraseCost | undefined;
}

/** 2^17 to 2^20. */
export type PassphraseCost = 131_072 | 262_144 | 524_288 | 1_048_576;

/** The fewest characters (code points, after NFKC) of a passphrase. */
export const minimumPassphraseCharacters = 8;

const defaultCost: PassphraseCost = 131_072;
const costs: readonly unknown[] = [131_072, 262_144, 524_288, 1_048_576] satisfies PassphraseCost[];
const longestBytes = 4096;
const saltBytes = 32;

// crypto-rules 19. Whoever can write the file chooses these: they are checked before a byte of memory is taken for them.
const scryptParameters = object<ScryptParameters>({
  cost: integer(131_072, 1_048_576),
  blockSize: integer(8, 16),
  parallelization: integer(1, 4),
  salt: base64(saltBytes, saltBytes),
});

/**
 * A root that somebody remembers: scrypt (RFC 7914) of the passphrase in UTF-8 after NFKC, with r = 8, p = 1 and a salt
 * for each slot. Whoever has the file can guess without limit and at leisure: only the passphrase's own strength stands
 * against that. 8 characters are the least that is taken, not enough: have six words drawn at random (77 bits), or 16
 * random characters. `INVALID_ARGUMENT` for fewer than 8, for more than 4,096 bytes, for text that is not well-formed or
 * has characters that this runtime's Unicode does not know (another would normalise them differently), and for other costs.
 * `UNAVAILABLE` from a slot whose cost takes more memory than there is.
 */
export function passphraseRoot(passphrase: string, options: PassphraseOptions = {}): Root {
  const cost = options.cost ?? defaultCost;
  if (!costs.includes(cost)) throw refused("its cost is none of 131072, 262144, 524288 and 1048576");
  const secret = bytesOf(passphrase);
  return Object.freeze<Root>({
    kind: "passphrase",
    newParameters: () => {
      const salt = Buffer.from(random(saltBytes)).toString("base64");
      return { cost, blockSize: 8, parallelization: 1, salt };
    },
    slotKey: async (json) => {
      const parameters = valueOf(scryptParameters, json, "The parameters of a passphrase's slot");
      // Whole powers of two only: scrypt knows no others.
      if (costs.includes(parameters.cost)) return stretch(secret, parameters).catch(outOfMemory);
      throw malformed("The cost of a passphrase's slot", "is no power of two");
    },
  });
}

function bytesOf(passphrase: string): Uint8Array {
  if (typeof passphrase !== "string" || !passphrase.isWellFormed() || /\p{Cn}/u.test(passphrase)) {
    throw refused("it is no well-formed text of assigned characters");
  }
  // Longer text is not even normalised: that takes up to 18 times its length.
  if (passphrase.length > longestBytes) throw refused(`it is longer than ${longestBytes} bytes`);
  const normal = passphrase.normalize("NFKC");
  if (Array.from(normal).length < minimumPassphraseCharacters) {
    throw refused(`it has fewer than ${minimumPassphraseCharacters} characters`);
  }
  const bytes = new TextEncoder().encode(normal);
  if (bytes.length > longestBytes) throw refused(`it is longer than ${longestBytes} bytes`);
  return bytes;
}

/** With checked parameters, scrypt fails for one reason only. */
function outOfMemory(cause: unknown): never {
  const found = "scrypt did not get the memory that the slot's cost takes";
  throw new KmsError("UNAVAILABLE", `Opening a slot: ${found}. Give the process more, and try again.`, { cause });
}

const refused = (found: string): KmsError =>
  new KmsError("INVALID_ARGUMENT", `A passphrase was refused: ${found}. Choose another; six random words do well.`);
