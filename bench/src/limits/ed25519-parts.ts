// Ed25519 alone: verifications by node:crypto on the event loop and on the thread pool, and signatures on the
// event loop.

import { sign, verify } from 'node:crypto';
import { type Part, perOperation, repeat, repeatTogether } from './part.ts';
import type { SampleMessage } from './sample-message.ts';

export const VERIFY_ON_LOOP = 'Ed25519 verification, node:crypto, on the event loop';
export const VERIFY_ON_POOL = 'Ed25519 verification, node:crypto, on the pool, one in flight';
export const TWO_ON_POOL = 'Ed25519 verification, node:crypto, on the pool, two in flight';
export const SIGN = 'Ed25519 signature, node:crypto, on the event loop';

export function verifyOnLoop({ signed, publicKey, signature }: SampleMessage, turnMs: number): Part {
  return {
    name: VERIFY_ON_LOOP,
    run: async () => repeat(turnMs, () => mustBeValid(verify(null, signed, publicKey, signature))),
  };
}

/** With one and with two verifications in flight. */
export function verifyOnPool(sample: SampleMessage, turnMs: number): Part[] {
  return [
    { name: VERIFY_ON_POOL, inFlight: 1 },
    { name: TWO_ON_POOL, inFlight: 2 },
  ].map(({ name, inFlight }) => ({
    name,
    run: async () => {
      const cpu = process.cpuUsage();
      const workers = Array.from({ length: inFlight }, () => () => verifyOnce(sample));
      const { operations, wallMs } = await repeatTogether(turnMs, workers);
      return perOperation(operations, wallMs, process.cpuUsage(cpu));
    },
  }));
}

export function signOnLoop({ signed, privateKey }: SampleMessage, turnMs: number): Part {
  return { name: SIGN, run: async () => repeat(turnMs, () => sign(null, signed, privateKey)) };
}

function verifyOnce({ signed, publicKey, signature }: SampleMessage): Promise<void> {
  return new Promise((resolve, reject) => {
    verify(null, signed, publicKey, signature, (error, valid) => {
      if (error === null && valid) resolve();
      else reject(error ?? invalid());
    });
  });
}

function mustBeValid(valid: boolean): void {
  if (!valid) throw invalid();
}

const invalid = (): Error => new Error('a valid signature was refused: nothing was measured');
