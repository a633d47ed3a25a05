// Opens a port. `::` means all addresses of both families, or all IPv4 addresses on a machine without IPv6.

import type { Server } from 'node:net';
import { errorCodeOf } from '@mesh/host';
import { ControllerError } from '../../errors/controller-error.ts';

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

/** @param listen makes the server listen @returns when it does; rejects with the system's error */
export function untilListening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const opened = (): void => {
      server.off('error', refused);
      resolve();
    };
    const refused = (error: Error): void => {
      server.off('listening', opened);
      reject(error);
    };
    server.once('error', refused);
    server.once('listening', opened);
    listen();
  });
}

/** Explains why a port could not be opened: which setting names it, and what to do. */
export function explainListen(
  { door, host, port }: { readonly door: string; readonly host: string; readonly port: number },
  error: unknown,
): ControllerError {
  const code = errorCodeOf(error) ?? 'unknown';
  const [kind, advice] = listenAdvice(code, door, host, port);
  return new ControllerError(
    kind,
    `port ${port} of ${host} (${door}.port, ${door}.host) cannot be opened (${code}): ${advice}`,
    { cause: error },
  );
}

function listenAdvice(
  code: string,
  door: string,
  host: string,
  port: number,
): readonly ['address' | 'usage' | 'failed', string] {
  switch (code) {
    case 'EADDRINUSE':
      return [
        'address',
        `another process has it (ss -ltnp 'sport = :${port}' names it): end that, or set ${door}.port`,
      ];
    case 'EADDRNOTAVAIL':
      return ['address', `this host has no address ${host}: give it that address, or set ${door}.host`];
    case 'EACCES':
    case 'EPERM':
      return [
        'usage',
        `ports below 1024 take CAP_NET_BIND_SERVICE: set ${door}.port to a higher one, or give the unit that capability`,
      ];
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ['address', `the name ${host} cannot be resolved: set ${door}.host to an address`];
    default:
      return ['failed', `check ${door}.host and ${door}.port`];
  }
}
