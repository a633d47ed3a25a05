// Solves the proof of work that a controller under load asks of those who want to enrol. What it may cost is
// bounded here, so that no controller can keep an agent busy for long.

import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import * as z from 'zod';
import { AgentError } from '../errors/agent-error.ts';

const TIMEOUT_MS = 120_000;
const hex = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[0-9a-f]+$/);

const challengeSchema = z.looseObject({
  parameters: z.looseObject({
    algorithm: z.literal('PBKDF2/SHA-256'),
    nonce: hex(64),
    salt: hex(64),
    /** Iterations of a single try, during which nothing else interrupts it. */
    cost: z.number().int().min(1).max(100_000),
    keyLength: z.literal(32),
    keyPrefix: hex(6),
  }),
  signature: hex(128),
});

/**
 * @param text base64 of the challenge's JSON
 * @returns base64 of the JSON of challenge and solution
 * @throws AgentError `failed` for a challenge that this agent does not solve, `unreachable` if it takes more
 *   than two minutes
 */
export async function solveProofOfWork(text: string, timeoutMs = TIMEOUT_MS): Promise<string> {
  const challenge = readChallenge(text);
  const solution = await solveChallenge({ challenge, deriveKey, timeout: timeoutMs });
  if (solution === null) {
    throw new AgentError(
      'unreachable',
      `the controller is under load, and the work that it asks for took more than ${timeoutMs / 1000} s: run the same command again later`,
    );
  }
  return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64');
}

function readChallenge(text: string): z.output<typeof challengeSchema> {
  try {
    return challengeSchema.parse(JSON.parse(Buffer.from(text, 'base64').toString()));
  } catch {
    throw new AgentError(
      'failed',
      'the controller is under load and asks for work that this agent does not know: run the same command again later, or use a newer agent',
    );
  }
}
