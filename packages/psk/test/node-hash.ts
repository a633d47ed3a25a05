// node:crypto as the hash under the key schedule: the second implementation in these tests, and the adapter
// that the README shows.

import { createHash, createHmac, createSecretKey } from 'node:crypto';
import type { PskHash } from '../src/index.ts';

export const nodeHash: PskHash = {
  sha256: (message) => createHash('sha256').update(message).digest(),
  keyHmac(key) {
    const secret = createSecretKey(key);
    return {
      tagInto: (message, into) => into.set(createHmac('sha256', secret).update(message).digest()),
      destroy: () => {},
    };
  },
};
