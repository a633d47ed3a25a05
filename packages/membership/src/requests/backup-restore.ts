// backup.restore: lets `mesh-controller restore` go back behind entries that are known. That command checks
// it, while no controller runs.

import { problem } from '@mesh/protocol';
import type { RequestRule } from './request-rule.ts';

export const backupRestore: RequestRule<'backup.restore'> = {
  stateFor: () => ({
    kind: 'none',
    problem: problem(
      'state_conflict',
      'a running controller restores nothing: mesh-controller restore writes such a request, and takes it when it is signed',
    ),
  }),
};
