// Which addresses a listener takes: `::` is every address of both families, or of IPv4 alone on a machine without IPv6.

import { errorCodeOf } from '@mesh/host';

const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** @param listen opens the port on one address; rejects with the system's error */
export async function listenOn(host: string, listen: (host: string) => Promise<void>): Promise<void> {
  try {
    await listen(host);
  } catch (error) {
    if (host !== '::' || !NO_IPV6.has(errorCodeOf(error) ?? '')) throw error;
    await listen('0.0.0.0');
  }
}
