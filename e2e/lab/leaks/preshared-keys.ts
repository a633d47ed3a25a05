// The preshared keys that a userspace WireGuard has now, asked for at its socket.

import { readdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { KnownSecret } from './find-spelled.ts';

const WITHIN_MS = 3_000;
const FOLDER = 'run/wireguard';

/**
 * Of every interface of a host; none where nothing answers.
 *
 * @param root of the host's file system, as this process sees it
 */
export async function presharedKeysOf(root: string): Promise<KnownSecret[]> {
  const answers = await Promise.all(socketsIn(join(root, FOLDER)).map(ask));
  return answers.flatMap(keysIn);
}

export const keysIn = (answer: string): KnownSecret[] =>
  [...answer.matchAll(/^preshared_key=([0-9a-f]{64})$/gm)].flatMap(([, hex = '']) =>
    /^0+$/.test(hex) ? [] : [{ name: 'preshared key', bytes: Buffer.from(hex, 'hex'), home: undefined }],
  );

function socketsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.sock'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** What is cut short still has keys. */
function ask(path: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(path);
    const end = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(WITHIN_MS, end).setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.endsWith('\n\n')) end();
    });
    socket.on('error', end).on('close', end);
    socket.write('get=1\n\n');
  });
}
