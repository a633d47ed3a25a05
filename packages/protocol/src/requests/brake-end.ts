// brake.end: the nodes that the safety brake holds are cut, or stay in for a while, before their time.

import * as z from 'zod';
import { requestKind } from './request-kind.ts';

const LONGEST_RELEASE_SECONDS = 86_400;

export const brakeEnd = requestKind({
  parameters: z.strictObject({
    decision: z.enum(['cut', 'release']),
    /** How long released nodes stay in at most; 0 for `cut`. */
    for_seconds: z.number().int().min(0).max(LONGEST_RELEASE_SECONDS),
  }),
  sentence: ({ decision, for_seconds: seconds }) =>
    decision === 'cut'
      ? 'an operator may once cut all nodes that the safety brake holds'
      : `an operator may once keep all nodes that the safety brake holds in the mesh, without a limit, for ${seconds} s`,
});
