// How `mesh-agent doctor` tries the services that this node examines.

import { connect } from 'node:net';
import { errorCodeOf } from '@mesh/host';
import { ipFamily, parseIpAddress } from '@mesh/wg';
import { hostAddress } from '../plan/overlay-targets.ts';

const TIMEOUT_MS = 5_000;

/**
 * Opens a TCP connection and closes it.
 *
 * @param from this node's overlay addresses; that of the same family is used
 * @throws Error with a short reason
 */
export function tryConnection(
  { address, port }: { readonly address: string; readonly port: number },
  from: readonly string[],
): Promise<void> {
  const family = ipFamily(hostAddress(address));
  const localAddress = from
    .map((text) => text.split('/')[0] ?? text)
    .find((text) => ipFamily(hostAddress(text)) === family);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: parseIpAddress(address), port, ...(localAddress && { localAddress }) });
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('no answer')));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', (error) => reject(new Error(errorCodeOf(error) ?? error.message)));
  });
}
