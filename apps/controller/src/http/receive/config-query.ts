// The parameters of a config query:
// `?version=V&wait=25s&instance=I&notices=1&batch=1&stream=1&config_key_list=0&slots=1&log_size=0&log=1&exams=1`.
// Each is optional.

import { ProblemError, problem } from '@mesh/protocol';
import type { AgentAbilities } from '../../publish/agent-abilities.ts';

export const LONGEST_WAIT_SECONDS = 60;
const ESCAPED = /[%+]/;
const WHOLE = /^\d{1,15}$/;
const INSTANCE = /^[A-Za-z0-9_-]{8,64}$/;

export interface ConfigQuery extends AgentAbilities {
  readonly version: string | undefined;
  readonly waitMs: number;
  readonly instanceId: string | undefined;
  /** Whether a removal notice leaves the query open for what comes during the rest of its wait. */
  readonly takesStream: boolean;
}

/**
 * @param text what follows the question mark; of a name that is repeated, the first value counts
 * @throws ProblemError `invalid_parameter`
 */
export function readConfigQuery(text: string): ConfigQuery {
  const given = parametersOf(text);
  const [version, wait, instance] = [given.get('version'), given.get('wait'), given.get('instance')];
  const seconds = wait === undefined ? 0 : Number(/^(\d{1,3})s$/.exec(wait)?.[1] ?? Number.NaN);
  if (!(seconds >= 0 && seconds <= LONGEST_WAIT_SECONDS)) {
    throw new ProblemError(
      problem('invalid_parameter', `wait must be between 0s and ${LONGEST_WAIT_SECONDS}s, like 25s`),
    );
  }
  if (version !== undefined && version.length > 64)
    throw new ProblemError(problem('invalid_parameter', 'version is not one of ours'));
  if (instance !== undefined && !INSTANCE.test(instance))
    throw new ProblemError(
      problem('invalid_parameter', 'instance must be 8 to 64 characters of A-Z a-z 0-9 _ -'),
    );
  return {
    version,
    waitMs: seconds * 1000,
    instanceId: instance,
    takesNotices: given.get('notices') === '1',
    takesBatches: given.get('batch') === '1',
    takesStream: given.get('stream') === '1',
    configKeyListMs: readWhole(given.get('config_key_list')),
    movesSlots: given.get('slots') === '1',
    logSize: readWhole(given.get('log_size')),
    asksForLog: given.get('log') === '1',
    takesExams: given.get('exams') === '1',
  };
}

/** Anything else than a whole number is as good as no value, as with the other abilities. */
function readWhole(text: string | undefined): number | undefined {
  return text !== undefined && WHOLE.test(text) ? Number(text) : undefined;
}

/** The first value of each name. Agents escape nothing, and then no URLSearchParams is made. */
function parametersOf(text: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  const pairs = ESCAPED.test(text)
    ? new URLSearchParams(text)
    : text.split('&').map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      });
  for (const [name, value] of pairs) if (!given.has(name)) given.set(name, value);
  return given;
}
