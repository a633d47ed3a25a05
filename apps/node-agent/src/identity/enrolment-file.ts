// The result of enrolment, in one file that is replaced as a whole: the mesh, the trusted CAs and keys, the
// node's certificate and its overlay addresses. The file is not secret. The directory's mode protects its
// integrity.

import { readFile } from 'node:fs/promises';
import { errorCodeOf, failureKindOf, storageAdvice, writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import { advertisedEndpoint, enrolmentAnswer, printable } from '@mesh/protocol';
import { cidrCovers, parseAllowedIp, parseCidr } from '@mesh/wg';
import * as z from 'zod';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import { hostAddress } from '../plan/overlay-targets.ts';

const enrolment = z
  .strictObject({
    ...enrolmentAnswer.omit({ server_time_ms: true }).shape,
    /** Where this node listens, as last reported to the controller. */
    endpoint: advertisedEndpoint,
  })
  .superRefine(({ addresses, network, config_public_key: key, config_key_list: list }, context) => {
    if (list !== undefined && list.present !== key && list.next?.public_key !== key)
      context.addIssue({
        code: 'custom',
        path: ['config_key_list'],
        message: 'does not name the config key',
      });
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

/** The message names each bad field and what is wrong with it. */
class UnusableEnrolment extends Error {}

/** Checks that a value is a usable enrolment. @throws Error that names the fields that cannot be used */
export function checkEnrolment(value: unknown): Enrolment {
  const parsed = enrolment.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '));
  throw new UnusableEnrolment(printable(faults.join('; '), 256));
}

/**
 * @returns undefined before the first enrolment
 * @throws AgentError `usage` if the file is damaged or may not be opened, `storage` if the disk fails
 */
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

/** Resolves once the file is on disk. */
export async function writeEnrolment(path: string, what: Enrolment): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify({ format: 'mesh-agent-enrolment/1', ...what }, null, 2)}\n`);
}
