// The log's name and keys, as nodes pin them and as witnesses and monitors are configured with them.

import type { LogIdentity } from '@mesh/protocol';
import type { LogKeys } from '../../trust/log-keys.ts';

export type LogIdentityPorts = Pick<LogKeys, 'origin' | 'verifierKeys'>;

export function logIdentityOf({ origin, verifierKeys }: LogIdentityPorts): LogIdentity {
  return { origin, verifier_keys: [...verifierKeys] };
}
