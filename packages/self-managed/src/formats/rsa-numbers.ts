import { isPrime } from "../primitives.ts";
import { readCount, readDer, readDigits, readOne, tags, unreadable, writeDer, writeInteger } from "./der.ts";

/** The eight numbers of an RSA private key (RFC 8017 §A.1.2), big-endian, by their JWK names (RFC 7518 §6.3). */
export interface RsaNumbers {
  readonly n: Uint8Array;
  readonly e: Uint8Array;
  readonly d: Uint8Array;
  readonly p: Uint8Array;
  readonly q: Uint8Array;
  readonly dp: Uint8Array;
  readonly dq: Uint8Array;
  readonly qi: Uint8Array;
}

/** Reads an RSAPrivateKey of two primes. `INVALID_ARGUMENT`. */
export function readRsaNumbers(der: Uint8Array): RsaNumbers {
  const [version, n, e, d, p, q, dp, dq, qi, ...more] = readDer(readOne(der, tags.sequence).content);
  if (readCount(version) !== 0 || more.length > 0) throw unreadable("an RSA key of more than two primes");
  return {
    n: readDigits(n),
    e: readDigits(e),
    d: readDigits(d),
    p: readDigits(p),
    q: readDigits(q),
    dp: readDigits(dp),
    dq: readDigits(dq),
    qi: readDigits(qi),
  };
}

/** The RSAPrivateKey of eight numbers, in new memory. */
export const writeRsaNumbers = ({ n, e, d, p, q, dp, dq, qi }: RsaNumbers): Uint8Array =>
  writeDer(tags.sequence, ...[Uint8Array.of(0), n, e, d, p, q, dp, dq, qi].map(writeInteger));

/** Bits of a big-endian number without leading zeros. */
export const bitLength = (digits: Uint8Array): number =>
  digits.length === 0 ? 0 : digits.length * 8 - Math.clz32(digits[0] ?? 0) + 24;

/** The sizes that contract algorithms have, in bits. */
export const modulusSizes: readonly number[] = [2048, 3072, 4096];

/**
 * What is wrong with the numbers of an RSA key, in words; undefined when they are a key of 2048, 3072 or 4096 bits
 * (SP 800-56B §6.4.1.2, FIPS 186-5 §A.1). OpenSSL decrypts and signs with p, q, dp, dq and qi alone, so that a wrong d
 * would go unnoticed by any use: every relation is worked out. Sizes come first: whatever follows costs a bounded time.
 */
export async function rsaDefect(numbers: RsaNumbers): Promise<string | undefined> {
  const bits = bitLength(numbers.n);
  if (!modulusSizes.includes(bits)) return `an RSA modulus of ${bits} bits instead of 2048, 3072 or 4096`;
  if (bitLength(numbers.p) !== bits / 2 || bitLength(numbers.q) !== bits / 2) return "RSA primes of unequal size";
  if (bitLength(numbers.e) > 256) return "an RSA exponent of more than 256 bits";
  const [n, e, d, p, q] = [numbers.n, numbers.e, numbers.d, numbers.p, numbers.q].map(toNumber) as Five;
  if (e < 65_537n || e % 2n === 0n) return "an RSA exponent that is even or below 65537";
  const [dp, dq, qi] = [numbers.dp, numbers.dq, numbers.qi].map(toNumber) as Three;
  const isWhole =
    p * q === n &&
    d < n &&
    (d * e) % (p - 1n) === 1n &&
    (d * e) % (q - 1n) === 1n &&
    dp === d % (p - 1n) &&
    dq === d % (q - 1n) &&
    qi < p &&
    (qi * q) % p === 1n;
  if (!isWhole) return "RSA numbers that do not belong together";
  // Close primes are found by Fermat's method (FIPS 186-5 §A.1.1). A small d needs no check: e is below 2^256, so d is not.
  const distance = p > q ? p - q : q - p;
  if (distance >> BigInt(bits / 2 - 100) === 0n) return "RSA primes that are too close";
  return (await isPrime(numbers.p)) && (await isPrime(numbers.q)) ? undefined : "RSA factors that are not prime";
}

type Five = [bigint, bigint, bigint, bigint, bigint];
type Three = [bigint, bigint, bigint];
const toNumber = (digits: Uint8Array): bigint => BigInt(`0x0${Buffer.from(digits).toString("hex")}`);
