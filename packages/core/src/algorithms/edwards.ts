const p = 2n ** 255n - 19n;
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n; // RFC 8032 §5.1
const signBit = 1n << 255n;
const orderEightY = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
// The y coordinates of the eight points whose order divides 8; their x may have either sign.
const smallOrder: ReadonlySet<bigint> = new Set([0n, 1n, p - 1n, orderEightY, p - orderEightY]);

/**
 * Whether 32 bytes are an Ed25519 public key that a signature can be relied on under: the canonical encoding of a point
 * on the curve (RFC 8032 §5.1.3) whose order does not divide 8. Under the identity as key, for one, anybody can make a
 * signature of anything. OpenSSL 3.0 checks none of this when it reads a key. Public data only: time varies.
 */
export const isUsableEd25519Key = (raw: Uint8Array): boolean => {
  if (raw.length !== 32) return false;
  let value = 0n;
  for (const byte of raw.toReversed()) value = (value << 8n) | BigInt(byte);
  const y = value % signBit;
  if (y >= p || smallOrder.has(y)) return false;
  // x² = (y² − 1)/(d·y² + 1) has a root exactly if numerator · denominator is a square (Euler's criterion).
  const square = (y * y) % p;
  return power(((square - 1n) * (d * square + 1n)) % p, (p - 1n) / 2n) === 1n;
};

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n;
  let factor = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % p;
    factor = (factor * factor) % p;
  }
  return result;
};
