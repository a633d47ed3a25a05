// What enrolment gave this node, in one file that is replaced whole: which mesh it belongs to, whom it trusts, its
// certificate and its overlay addresses. Nothing in it is secret; its integrity is the directory's mode.

import { readFile } from 'node:fs/promises';
import { errorCodeOf, failureKindOf, storageAdvice, writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import { advertisedEndpoint, enrolmentAnswer, printable } from '@mesh/protocol';
import { cidrCovers, parseAllowedIp, parseCidr } from '@mesh/wg';
import { z } from 'zod';
import { AgentError, messageOf } from '../agent-error.ts';
import { hostAddress } from '../observe/overlay-targets.ts';

const enrolment = z
  .strictObject({
    ...enrolmentAnswer.omit({ server_time_ms: true }).shape,
    /** What the controller was last told of where this node listens. */
    endpoint: advertisedEndpoint,
  })
  .superRefine(({ addresses, network }, context) => {
    const blocks = readEach('network', network, parseCidr, context);
    readEach('addresses', addresses, parseAllowedIp, context);
    if (context.issues.length > 0) return;
    for (const address of addresses) {
      if (!blocks.some((block) => cidrCovers(block, hostAddress(address))))
        context.addIssue({
          code: 'custom',
          path: ['addresses'],
          message: `${address} lies in none of ${network.join(', ')}`,
        });
    }
  });
const content = z.looseObject({ format: z.literal('mesh-agent-enrolment/1') });

export type Enrolment = z.infer<typeof enrolment>;

function readEach<T>(
  field: 'addresses' | 'network',
  texts: readonly string[],
  parse: (text: string) => T,
  context: z.RefinementCtx,
): T[] {
  return texts.flatMap((text) => {
    try {
      return [parse(text)];
    } catch (error) {
      context.addIssue({ code: 'custom', path: [field], message: messageOf(error) });
      return [];
    }
  });
}

/** Its message names the fields, and what is wrong with each. */
class UnusableEnrolment extends Error {}

/** What enrolment gave, if all of it can be used. @throws Error that names the fields which cannot */
export function checkEnrolment(value: unknown): Enrolment {
  const parsed = enrolment.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '));
  throw new UnusableEnrolment(printable(faults.join('; '), 256));
}

/** @returns undefined before the first enrolment. @throws AgentError `usage` for a damaged file, or one that cannot be opened; `storage` */
export async function readEnrolment(path: string): Promise<Enrolment | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT') return undefined;
    const code = errorCodeOf(error) ?? 'unknown';
    throw new AgentError(
      failureKindOf(error) === 'storage' ? 'storage' : 'usage',
      `${path} cannot be read (${code}): ${storageAdvice(path, code)}`,
      { cause: error },
    );
  }
  try {
    const { format: _format, ...rest } = content.parse(parseStrictJson(text, { maxBytes: 1 << 20 }));
    return checkEnrolment(rest);
  } catch (error) {
    const why = error instanceof UnusableEnrolment ? error.message : 'it is not in the format of this file';
    throw new AgentError(
      'usage',
      `${path} is damaged (${why}): remove it and run mesh-agent enrol again, with a fresh join token`,
      { cause: error },
    );
  }
}

/** On disk when it resolves. */
export async function writeEnrolment(path: string, what: Enrolment): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify({ format: 'mesh-agent-enrolment/1', ...what }, null, 2)}\n`);
}
