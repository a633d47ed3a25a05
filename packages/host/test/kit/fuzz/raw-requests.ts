// Requests that are no proper HTTP, and how they are sent: as a whole, byte by byte, behind another one on
// the same connection, or cut off by a caller that only listens from then on.

import fc from 'fast-check';
import { RAW_HEADS } from './raw-heads.ts';

export interface RawRequest {
  /** Written one after the other, each when the one before has left. */
  readonly pieces: readonly Buffer[];
  /** The caller ends its half of the connection behind the last piece. */
  readonly isHalfClosed: boolean;
  /** How many answers there are at most. */
  readonly answers: number;
}

const RAW_SHAPES = ['whole', 'byte_by_byte', 'pipelined', 'half_closed'] as const;
type RawShape = (typeof RAW_SHAPES)[number];

/** So many bytes are sent one by one, and what follows them at once. */
const MOST_SINGLE_BYTES = 120;

/** @param paths of routes */
export const rawRequest = (paths: readonly string[]): fc.Arbitrary<RawRequest & { readonly path: string }> =>
  fc
    .record({
      head: fc.constantFrom(...RAW_HEADS),
      path: fc.constantFrom(...paths),
      shape: fc.constantFrom(...RAW_SHAPES),
      cut: fc.nat({ max: 400 }),
    })
    .map(({ head, path, shape, cut }) => ({ path, ...shaped(withPath(head, path), path, shape, cut) }));

function shaped(bytes: Buffer, path: string, shape: RawShape, cut: number): RawRequest {
  switch (shape) {
    case 'whole':
      return { pieces: [bytes], isHalfClosed: false, answers: 1 };
    case 'byte_by_byte':
      return { pieces: singles(bytes), isHalfClosed: false, answers: 1 };
    case 'pipelined':
      return {
        pieces: [Buffer.concat([withPath('GET PATH HTTP/1.1\r\nhost: x\r\n\r\n', path), bytes])],
        isHalfClosed: false,
        answers: 2,
      };
    case 'half_closed':
      return { pieces: [bytes.subarray(0, 1 + cut)], isHalfClosed: true, answers: 1 };
  }
}

const withPath = (head: string, path: string): Buffer =>
  Buffer.from(
    head.replace('PATH', () => path),
    'latin1',
  );

function singles(bytes: Buffer): Buffer[] {
  const first = [...bytes.subarray(0, MOST_SINGLE_BYTES)].map((byte) => Buffer.from([byte]));
  return [...first, bytes.subarray(MOST_SINGLE_BYTES)].filter(({ length }) => length > 0);
}
