// Are the UDP ports free, or held by this node's own interfaces and agent?

import { createSocket, type SocketType } from 'node:dgram';
import { errorCodeOf } from '@mesh/host';
import { type Finding, failed, ok, worstOf } from './finding.ts';

export interface PortsInput {
  /** What each port is for, by the name of its setting. */
  readonly ports: readonly { readonly setting: string; readonly port: number }[];
  /** The ports that this node itself holds now. */
  readonly ours: ReadonlySet<number>;
}

export async function checkPorts({ ports, ours }: PortsInput): Promise<Finding> {
  const found = await Promise.all(
    ports
      .filter(({ port }) => !ours.has(port))
      .map(async ({ setting, port }) => {
        const code = (await obstacleAt('udp4', port)) ?? (await obstacleAt('udp6', port));
        return code === undefined ? undefined : explain(setting, port, code);
      }),
  );
  const names = ports.map(({ port }) => port).join(', ');
  return worstOf(
    found.filter((finding) => finding !== undefined),
    ok(`UDP ${names}: free, or this node's own`),
  );
}

function explain(setting: string, port: number, code: string): Finding {
  return failed(
    code === 'EADDRINUSE'
      ? `another program has UDP port ${port} (${setting}): find it with ss -lunp, and stop it or choose another port`
      : `UDP port ${port} (${setting}) cannot be opened (${code}): choose another one`,
  );
}

/** @returns the system's code, or undefined if the port can be opened or the family does not exist here */
function obstacleAt(type: SocketType, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('error', (error) => {
      const code = errorCodeOf(error) ?? 'unknown';
      socket.close(() => resolve(code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' ? undefined : code));
    });
    socket.bind({ port, exclusive: true }, () => socket.close(() => resolve(undefined)));
  });
}
