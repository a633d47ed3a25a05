// While the file exists and within a lead, a config has only the keys of the coming epoch, not those in
// force. See current-withheld.ts.

import { existsSync } from 'node:fs';
import { deriveKeys as real } from '../../apps/controller/src/keys/derive-keys.ts';

export * from '../../apps/controller/src/keys/derive-keys.ts';

const FILE = process.env.E2E_CURRENT_WITHHELD_FILE ?? '';

export const deriveKeys: typeof real = (delivery, node, peers, epochs, version) => {
  const isWithheld = epochs.next !== undefined && existsSync(FILE);
  return real(delivery, node, peers, isWithheld ? { ...epochs, current: undefined } : epochs, version);
};
