// log_key.rotate: a step of the change to other keys that sign the log's heads.

import * as z from 'zod';
import { requestKind } from './request-kind.ts';

export const logKeyRotate = requestKind({
  parameters: z.strictObject({
    step: z.enum(['prepare', 'finish', 'abort']),
    /** For `finish`: whether witnesses that have not taken the next keys may be left behind. */
    force: z.boolean(),
  }),
  sentence: ({ step, force }) => {
    switch (step) {
      case 'prepare':
        return "an operator may once make other keys that sign the log's heads as well";
      case 'finish': {
        const others = force ? ', also if witnesses have not taken the next ones' : '';
        return `an operator may once end for good the keys that signed the log's heads before${others}`;
      }
      case 'abort':
        return "an operator may once drop the next keys of the log's heads";
      default:
        return step satisfies never;
    }
  },
});
