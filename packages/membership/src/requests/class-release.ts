// class.release: opens a revoked class again. Its nodes stay in quarantine until somebody releases each.

import { problem } from '@mesh/protocol';
import { done, refused } from '../commands/outcome.ts';
import { isClassRevoked } from '../state/class-revoked.ts';
import { classState } from './class-state.ts';
import type { RequestRule } from './request-rule.ts';

export const classRelease: RequestRule<'class.release'> = {
  stateFor: ({ class: name }, view) => classState(name, view),
  carryOut:
    ({ class: name }, cause) =>
    (view) =>
      isClassRevoked(name, view)
        ? done([{ type: 'class_released', class: name, ...cause }])
        : refused(problem('state_conflict', `class ${name} is not revoked: nothing was changed`)),
};
