// Reads a body line by line, while it arrives.

import type { IncomingMessage } from 'node:http';
import { HostError } from './host-error.ts';

const LINE_FEED = 0x0a;

/**
 * Resolves when the whole body was read. What follows the last line feed is a line, too, unless it is empty.
 *
 * @param maxBytes of the whole body
 * @param onLine called in the turn in which the end of a line arrives
 * @throws HostError `response_too_large`, what `onLine` throws, or the connection's error
 */
export function readLines(
  incoming: IncomingMessage,
  maxBytes: number,
  onLine: (line: string) => void,
): Promise<void> {
  /** The line that has begun. */
  let begun: Buffer[] = [];
  let length = 0;
  const take = (part: Buffer): void => {
    const line = begun.length === 0 ? part : Buffer.concat([...begun, part]);
    begun = [];
    onLine(line.toString('utf8'));
  };
  return new Promise((resolve, reject) => {
    incoming.on('error', reject);
    incoming.on('data', (chunk: Buffer) => {
      try {
        length += chunk.length;
        if (length > maxBytes) throw tooLarge(maxBytes);
        let from = 0;
        for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
          take(chunk.subarray(from, end));
          from = end + 1;
        }
        if (from < chunk.length) begun.push(chunk.subarray(from));
      } catch (error) {
        incoming.removeAllListeners('data');
        reject(error);
      }
    });
    incoming.on('end', () => {
      try {
        if (begun.length > 0) take(Buffer.alloc(0));
        resolve();
      } catch (error) {
        reject(error);
      }
    });
  });
}

export function tooLarge(maxBytes: number): HostError {
  return new HostError('response_too_large', `the answer has more than ${maxBytes} bytes: it was dropped`);
}
