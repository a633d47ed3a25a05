// How much of a steady UDP stream arrives at the other end of a tunnel: for limits, not for throughput.
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { LabError } from './lab-error.ts';
import type { MeshHost } from './mesh-process.ts';

/** Including headers, as limits count them. */
export const PACKET_BYTES = 1_228;

export interface FloodOptions {
  /** The receiver's IPv4 overlay address. */
  readonly address: string;
  readonly bitsPerSecond: number;
  readonly seconds: number;
  readonly port?: number;
}

export interface FloodResult {
  readonly sentBitsPerSecond: number;
  readonly receivedBitsPerSecond: number;
}

/** Floods and waits for the end. Both figures are means over the time of sending. */
export async function flood(from: MeshHost, to: MeshHost, options: FloodOptions): Promise<FloodResult> {
  const { address, bitsPerSecond, seconds, port = 7_300 } = options;
  const target = `${address}:${port}`;
  const receiver = startEnd(to, ['receiver', '--bind', target]);
  await receiver.next('ready');
  const sender = startEnd(from, [
    'sender',
    '--to',
    target,
    '--bits-per-second',
    String(bitsPerSecond),
    '--seconds',
    String(seconds),
  ]);
  const sent = await sender.next('sent');
  receiver.child.kill('SIGTERM');
  const received = await receiver.next('received');
  const rate = (packets: number) => (packets * PACKET_BYTES * 8) / seconds;
  return { sentBitsPerSecond: rate(sent), receivedBitsPerSecond: rate(received) };
}

function startEnd(host: MeshHost, args: readonly string[]) {
  const program = join(import.meta.dirname, 'udp-flood-main.ts');
  const child: ChildProcess = host.spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout === null) throw new LabError('command_failed', 'the flood has no output');
  const lines = createInterface({ input: child.stdout });
  return {
    child,
    /** The packets from the first line of this kind. */
    next: (kind: string) =>
      new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => {
          if (code !== 0) reject(new LabError('command_failed', `flood on ${host.name}: exit ${code}`));
        });
        lines.on('line', (text) => {
          const line = JSON.parse(text) as { kind: string; packets?: number };
          if (line.kind === kind) resolve(line.packets ?? 0);
        });
      }),
  };
}
