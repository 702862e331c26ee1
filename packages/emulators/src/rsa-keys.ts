/**
 * RSA keys in milliseconds, where drawing primes takes seconds: each key of a size is another pair out of primes that the
 * keys of this process share. So whoever holds two such private keys can compute others. An emulator has nothing to
 * protect, and says so; its keys work as any other does.
 */
import { generateRsaKeyPair, importRsaKeyPair, privateJwk, type KeyPair } from "./primitives.ts";

const exponent = 65_537n;

/** The primes for moduli of one size, and how many keys were made of them. */
interface Stock {
  readonly drawn: Promise<readonly [bigint, bigint]>[];
  made: number;
}

const stocks = new Map<number, Stock>();

/** An RSA key pair with public exponent 65537 that no other key of this process is, its modulus of exactly so many bits. */
export async function makeRsaKeyPair(bits: number): Promise<KeyPair> {
  const stock = stocks.get(bits) ?? { drawn: [], made: 0 };
  stocks.set(bits, stock);
  const [a, b] = pairAt(stock.made++);
  const [p, q] = await Promise.all([primeAt(stock, bits, a), primeAt(stock, bits, b)]);
  return importRsaKeyPair(membersOf(p, q));
}

/** The pairs of 0, 1, 2 … in an order that needs as few primes as can be: (0, 1), (0, 2), (1, 2), (0, 3) … */
function pairAt(count: number): readonly [number, number] {
  let larger = 1;
  let first = 0;
  while (first + larger <= count) {
    first += larger;
    larger += 1;
  }
  return [count - first, larger];
}

async function primeAt({ drawn }: Stock, bits: number, index: number): Promise<bigint> {
  const pair = (drawn[index >> 1] ??= drawPrimes(bits));
  return (await pair)[index & 1] ?? 0n;
}

/** Two primes whose product, with any other pair's too, has just so many bits: OpenSSL sets the two highest bits of each. */
async function drawPrimes(bits: number): Promise<readonly [bigint, bigint]> {
  const { p, q } = privateJwk(await generateRsaKeyPair(bits));
  return [numberOf(p), numberOf(q)];
}

/** The members of a private key (RFC 7518 §6.3). OpenSSL's primes less one have no factor in common with the exponent. */
function membersOf(p: bigint, q: bigint): Readonly<Record<string, string>> {
  const least = ((p - 1n) * (q - 1n)) / greatestDivisor(p - 1n, q - 1n);
  const d = inverse(exponent, least);
  const members = { n: p * q, e: exponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  return { kty: "RSA", ...Object.fromEntries(Object.entries(members).map(([name, value]) => [name, textOf(value)])) };
}

const greatestDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestDivisor(b, a % b));

/** By the extended Euclidean algorithm; both have no factor in common. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [value % modulus, modulus, 1n, 0n];
  while (b !== 0n) {
    const quotient = a / b;
    [a, b, x, y] = [b, a - quotient * b, y, x - quotient * y];
  }
  return ((x % modulus) + modulus) % modulus;
}

const numberOf = (member: unknown): bigint => BigInt(`0x${Buffer.from(String(member), "base64url").toString("hex")}`);

function textOf(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}
