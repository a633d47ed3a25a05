// A userspace API that sets another preshared key than requested, but reports the requested one. The two ends
// of every pair hold different keys, and the agent cannot see that on its own interface.

import {
  createUapiRequest as create,
  type UapiRequest,
} from '../../packages/wg-device/src/uapi/uapi-socket.ts';

export * from '../../packages/wg-device/src/uapi/uapi-socket.ts';

const NO_KEY = '0'.repeat(64);

/** Another key for each key. Applied twice, it gives the first key again. */
function exchanged(text: string): string {
  return text.replace(/^preshared_key=([0-9a-f]{64})$/gm, (line, key: string) =>
    key === NO_KEY
      ? line
      : `preshared_key=${key.slice(0, 63)}${(Number.parseInt(key.slice(63), 16) ^ 1).toString(16)}`,
  );
}

export function createUapiRequest(socketPath: string, timeoutMs?: number): UapiRequest {
  const request = create(socketPath, timeoutMs);
  return async (text) => exchanged(await request(exchanged(text)));
}
