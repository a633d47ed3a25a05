// A userspace API that fails half-way: of a set with several peers it applies the first and answers EINVAL.
// It does so while the file exists, and records there how often. See half-sets.ts.

import { appendFileSync, existsSync } from 'node:fs';
import {
  createUapiRequest as create,
  type UapiRequest,
} from '../../packages/wg-device/src/uapi/uapi-socket.ts';

export * from '../../packages/wg-device/src/uapi/uapi-socket.ts';

const FILE = process.env.E2E_HALF_SET_FILE ?? '';

export function createUapiRequest(socketPath: string, timeoutMs?: number): UapiRequest {
  const request = create(socketPath, timeoutMs);
  return async (text) => {
    const second = text.indexOf('public_key=', text.indexOf('public_key=') + 1);
    if (!text.startsWith('set=1') || second === -1 || !existsSync(FILE)) return await request(text);
    appendFileSync(FILE, '.');
    await request(`${text.slice(0, second)}\n`);
    return 'errno=-22\n\n';
  };
}
