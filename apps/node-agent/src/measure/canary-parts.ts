// What a canary run needs of the settings: the service, the judge, the text of the suite.

import { readFileSync } from 'node:fs';
import { completeChatUrl } from '@mesh/harness';
import { AgentError } from '../errors/agent-error.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { checkedCredentials } from './checked-credentials.ts';
import { needed } from './needed.ts';
import type { CanaryRun } from './sources/canary-run.ts';

type Canary = AgentSettings['measure']['canary'];

/** @throws AgentError `usage` if a setting is missing, or if a file that a setting names cannot be read */
export function canaryParts({ canary, timeout_seconds }: AgentSettings['measure']): CanaryRun {
  const { judge } = canary;
  return {
    service: {
      access: chatAccess(canary, needed(canary.endpoint, 'measure.canary.endpoint'), timeout_seconds),
      readCredentials: checkedCredentials(canary),
    },
    judge:
      judge.endpoint === undefined
        ? undefined
        : {
            access: {
              ...chatAccess(judge, judge.endpoint, judge.timeout_seconds),
              maxQuestions: judge.max_questions,
            },
            readCredentials: checkedCredentials(judge),
          },
    suiteText: readSuite(needed(canary.suite, 'measure.canary.suite')),
    concurrency: canary.concurrency,
    minAnswered: canary.min_answered,
    regexTimeoutMs: canary.regex_timeout_ms,
  };
}

function chatAccess(
  { api, stream, model, request }: Pick<Canary, 'api' | 'stream' | 'model' | 'request'>,
  endpoint: string,
  timeoutSeconds: number,
) {
  const url = completeChatUrl(endpoint, api);
  return { url, api, stream, model, fields: request, timeoutMs: timeoutSeconds * 1_000 };
}

/** @throws AgentError `usage` */
export function readSuite(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new AgentError('usage', `the canary suite ${path} cannot be read: check its path and mode`, {
      cause: error,
    });
  }
}
