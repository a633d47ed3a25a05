// Counts how often bytes are in the memory of another process. In its own process the search would find its
// own copy.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK_BYTES = 16 * 1024 * 1024;

/** @returns how often each needle was found in the memory that the process can write to */
export function scanMemory(
  pid: number,
  needles: readonly Uint8Array[],
): { counts: number[]; scannedBytes: number } {
  const longest = Math.max(...needles.map((needle) => needle.length));
  const counts = needles.map(() => 0);
  let scannedBytes = 0;
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(CHUNK_BYTES + longest);
  try {
    for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
      const region = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (region === null) continue;
      const [start = 0, end = 0] = [
        Number.parseInt(region[1] ?? '', 16),
        Number.parseInt(region[2] ?? '', 16),
      ];
      for (let at = start; at < end; at += CHUNK_BYTES) {
        // Chunks overlap by the length of the longest needle − 1, so that nothing is missed between them and
        // nothing is counted twice.
        const wanted = Math.min(CHUNK_BYTES + longest - 1, end - at);
        const length = readSome(memory, chunk, wanted, at);
        scannedBytes += Math.min(length, CHUNK_BYTES);
        for (const [index, needle] of needles.entries()) {
          const last = Math.min(CHUNK_BYTES, length) - 1;
          for (let found = chunk.subarray(0, length).indexOf(needle); found !== -1 && found <= last; ) {
            counts[index] = (counts[index] ?? 0) + 1;
            found = chunk.subarray(0, length).indexOf(needle, found + 1);
          }
        }
      }
    }
  } finally {
    closeSync(memory);
  }
  return { counts, scannedBytes };
}

/** Reads a part of a region. A region that is gone, or that the kernel does not show, has no bytes. */
function readSome(memory: number, chunk: Buffer, length: number, at: number): number {
  try {
    return readSync(memory, chunk, 0, length, at);
  } catch {
    return 0;
  }
}
