// Every drift signal of a policy, each with the node's own numbers, as rules of an explanation.

import type { RuleVerdict } from '../explain-node.ts';
import type { Policy } from '../policy.ts';
import { describeReason } from '../reason.ts';
import { describeDrift } from './describe-drift.ts';
import type { Drift } from './drift.ts';
import { driftSignalsOf } from './find-drift.ts';

const DECIDES = { advise: 'advice', declining: 'declining', probation: 'probation' } as const;

export function* driftVerdicts(policy: Policy, drift: Drift | undefined): Generator<RuleVerdict> {
  for (const { action, speaks, ...numbers } of driftSignalsOf(policy, drift)) {
    const common = { rule: `drift.${numbers.signal}`, decides: DECIDES[action], met: !speaks };
    if (!speaks || action === 'advise') yield { ...common, sentence: describeDrift(numbers) };
    else {
      const reason = { code: 'drift', action, ...numbers } as const;
      yield { ...common, sentence: describeReason(reason), reason };
    }
  }
}
