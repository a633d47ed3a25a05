// Reads bytes as Latin-1 without copying them first, so that the caller can wipe all of them.

export function latin1Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
