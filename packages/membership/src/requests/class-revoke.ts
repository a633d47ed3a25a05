// class.revoke: quarantines the nodes of a class at once and without an end, and closes the class.

import { problem } from '@mesh/protocol';
import { withDecision } from '../commands/decide-node.ts';
import { done, refused } from '../commands/outcome.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { isClassRevoked } from '../state/class-revoked.ts';
import { classState } from './class-state.ts';
import type { RequestRule } from './request-rule.ts';

export const classRevoke: RequestRule<'class.revoke'> = {
  stateFor: ({ class: name }, view) => classState(name, view),
  carryOut:
    ({ class: name }, cause) =>
    (view, context) => {
      if (isClassRevoked(name, view))
        return refused(problem('state_conflict', `class ${name} is revoked already: nothing was changed`));
      const events: MeshEvent[] = [{ type: 'class_revoked', class: name, ...cause }];
      // A quarantine that would end by itself is replaced by one that does not.
      for (const { nodeId, class: className, status, quarantinedUntilMs } of view.nodes())
        if (className === name && (status === 'active' || quarantinedUntilMs !== undefined))
          events.push(
            ...withDecision(view, context, nodeId, [{ type: 'node_quarantined', nodeId, ...cause }]),
          );
      return done(events);
    },
};
