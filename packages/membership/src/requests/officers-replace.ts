// officers.replace: other officers, or another number of signatures, from then on.

import { problem } from '@mesh/protocol';
import { findSpentIdentitiesObjection } from '../commands/find-keys-objection.ts';
import { done } from '../commands/outcome.ts';
import type { RequestRule } from './request-rule.ts';

export const officersReplace: RequestRule<'officers.replace'> = {
  stateFor: ({ officers: next }, view) => {
    const set = view.officers();
    if (set === undefined)
      return {
        kind: 'none',
        problem: problem(
          'state_conflict',
          'there are no officers yet: write the first ones into `officers` in the configuration, and restart the controller',
        ),
      };
    const objection = findSpentIdentitiesObjection(
      view,
      next.map(({ name, public_key: publicKey }) => ({ whose: `officer ${name}`, publicKey })),
    );
    if (objection !== undefined) return { kind: 'none', problem: objection };
    const officers = set.officers.map(({ name, publicKey }) => ({ name, public_key: publicKey }));
    return { kind: 'found', state: { officers, required: set.required } };
  },
  carryOut:
    ({ officers, required }, { actor }) =>
    () =>
      done([
        {
          type: 'officers_set',
          officers: officers.map(({ name, public_key: publicKey }) => ({ name, publicKey })),
          required,
          actor,
        },
      ]),
};
