// The flood on this machine alone: it counts all packets, however late the receiver reads them.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { flood, PACKET_BYTES } from '../lab/udp-flood.ts';

const PACKETS = 80;
const SECONDS = 0.2;
const options = {
  // Only for this process: all of 127.0.0.0/8 is this machine.
  address: `127.1.${(process.pid >> 8) & 255}.${process.pid & 255}`,
  seconds: SECONDS,
  bitsPerSecond: (PACKETS * PACKET_BYTES * 8) / SECONDS,
};

/** This machine. */
function host(onSpawn: (child: ChildProcess) => void) {
  return {
    name: 'here',
    address: '127.0.0.1',
    spawn: (command: string, args: readonly string[] = [], spawnOptions = {}) => {
      const child = spawn(command, args, spawnOptions);
      onSpawn(child);
      return child;
    },
  };
}

/** Whether a stopped process has received the message that all packets are sent. */
function hasToldToEnd(child: ChildProcess | undefined): boolean {
  const status = readFileSync(`/proc/${child?.pid}/status`, 'utf8');
  const pending = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  return (BigInt(`0x${pending}`) & (1n << BigInt(constants.signals.SIGTERM - 1))) !== 0n;
}

describe('a flood', () => {
  it('counts the packets that are still in the queue when the last one is sent', async () => {
    let receiver: ChildProcess | undefined;
    onTestFinished(() => void receiver?.kill('SIGKILL'));
    const to = host((child) => {
      receiver = child;
    });
    // The receiver gets no CPU time while the sender sends: all packets wait, and so does the message that
    // all are sent.
    const from = host(() => receiver?.kill('SIGSTOP'));
    const result = flood(from, to, options);
    await expect.poll(() => hasToldToEnd(receiver), { timeout: 20_000 }).toBe(true);
    receiver?.kill('SIGCONT');
    const { sentBitsPerSecond, receivedBitsPerSecond } = await result;
    expect(sentBitsPerSecond).toBeCloseTo(options.bitsPerSecond);
    expect(receivedBitsPerSecond).toBe(sentBitsPerSecond);
  });
});
