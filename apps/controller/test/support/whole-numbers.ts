// Arithmetic over whole numbers, for constructions that tests write out by hand. Bytes are little-endian.

export function integerOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

export function bytesOf(value: bigint, lengthBytes = 32): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
}

export function mod(value: bigint, modulus: bigint): bigint {
  return ((value % modulus) + modulus) % modulus;
}

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = mod(base, modulus);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
