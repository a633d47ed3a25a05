// TCP between lab hosts: a service that greets everybody, and attempts to reach it.

import { spawn } from 'node:child_process';
import type { LabHost } from './lab-host.ts';

const GREETER = `
  const [address, port] = process.argv.slice(1);
  require('node:net').createServer((socket) => {
    socket.on('error', () => {});
    socket.write('hello');
    socket.on('data', (bytes) => socket.write(bytes));
  }).listen(Number(port), address, () => console.log('listening'));
`;

const CALLER = `
  const [address, port, localPort] = process.argv.slice(1);
  const socket = require('node:net').connect({
    host: address, port: Number(port), ...(localPort === undefined ? {} : { localPort: Number(localPort) }),
  });
  setTimeout(() => process.exit(1), 3000);
  socket.on('error', () => process.exit(1));
  socket.on('data', () => process.exit(0));
`;

/** Runs until the host is closed. Resolves when it listens. */
export function serveTcp(host: LabHost, address: string, port: number): Promise<void> {
  const [program, ...args] = host.enter;
  const child = spawn(program, [...args, process.execPath, '-e', GREETER, address, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error(`nothing listens on ${address}:${port}`)));
  });
}

/** @returns whether a connection is made, and the greeting comes back */
export async function greets(
  from: LabHost,
  address: string,
  port: number,
  localPort?: number,
): Promise<boolean> {
  const source = localPort === undefined ? [] : [String(localPort)];
  const { exitCode } = await from.run(process.execPath, ['-e', CALLER, address, String(port), ...source]);
  return exitCode === 0;
}
