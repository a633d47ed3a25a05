// ca.rotate: a step of the change to another CA.

import * as z from 'zod';
import { requestKind } from './request-kind.ts';

export const caRotate = requestKind({
  parameters: z.strictObject({
    step: z.enum(['start', 'finish']),
    /** For `finish`: whether nodes that are not ready may be cut off. */
    force: z.boolean(),
  }),
  sentence: ({ step, force }) => {
    if (step === 'start') return 'an operator may once make another CA beside the present one';
    const others = force ? ', also if that cuts off nodes that are not ready for the next one' : '';
    return `an operator may once end the present CA for good${others}`;
  },
});
