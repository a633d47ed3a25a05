// OpenSSL's own figure for HMAC-SHA-256, from the `openssl` on this machine.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * HMACs per second of CPU time over messages of `lengthBytes`, under one key that is set up once.
 *
 * @returns undefined if there is no usable openssl
 */
export async function opensslHmacsPerSecond(
  lengthBytes: number,
  seconds: number,
): Promise<number | undefined> {
  const args = [
    'speed',
    '-mr',
    '-seconds',
    String(seconds),
    '-bytes',
    String(lengthBytes),
    '-hmac',
    'sha256',
  ];
  try {
    const { stdout, stderr } = await run('openssl', args);
    return parseSpeed(`${stdout}\n${stderr}`);
  } catch {
    return undefined;
  }
}

/** Machine-readable speed output: `+R:<operations>:<algorithm>:<seconds of user CPU>`. */
export function parseSpeed(text: string): number | undefined {
  const found = /^\+R:(\d+):[^:\n]*:(\d+(?:\.\d+)?)$/m.exec(text);
  if (found === null) return undefined;
  const perSecond = Number(found[1]) / Number(found[2]);
  return Number.isFinite(perSecond) && perSecond > 0 ? perSecond : undefined;
}
