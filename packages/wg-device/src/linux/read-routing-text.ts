// Reads everything that the kernel chooses a route by, as one short value: rules, the routes of all tables,
// and addresses. While it is the same, the kernel's answers to `ip route get` are the same.

import { createHash } from 'node:crypto';
import type { IpFamily } from '@mesh/wg';
import type { RunCommand } from './run-command.ts';

const QUESTIONS = ['rule show', 'route show table all', 'address show'];

/** What counts down by itself, on hosts with addresses or routes that have to be renewed. */
const COUNTDOWNS = /\b(valid_lft|preferred_lft|expires) \d+sec\b/g;

/**
 * Starts one process.
 *
 * @returns the SHA-256 of the text; undefined if the kernel or `ip` does not answer one of the questions, as
 *   a kernel without rules
 */
export async function readRoutingText(run: RunCommand, family: IpFamily): Promise<string | undefined> {
  const stdin = QUESTIONS.map((question) => `${question}\n`).join('');
  const { exitCode, stdout } = await run('ip', [`-${family}`, '-batch', '-'], { stdin });
  if (exitCode !== 0) return undefined;
  const text = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength).toString('latin1');
  return createHash('sha256').update(text.replace(COUNTDOWNS, '$1'), 'latin1').digest('base64');
}
