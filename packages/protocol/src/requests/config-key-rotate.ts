// config_key.rotate: a step of the change to another key that signs configs.

import * as z from 'zod';
import { requestKind } from './request-kind.ts';

export const configKeyRotate = requestKind({
  parameters: z.strictObject({
    step: z.enum(['prepare', 'switch', 'finish', 'abort']),
    /** For `switch`: whether nodes that have not confirmed the next key may be left behind. */
    force: z.boolean(),
  }),
  sentence: ({ step, force }) => {
    switch (step) {
      case 'prepare':
        return 'an operator may once make and announce another key that is to sign configs';
      case 'switch': {
        const others = force ? ', also if nodes have not confirmed it and may lose their leases' : '';
        return `an operator may once sign configs with the announced key${others}`;
      }
      case 'finish':
        return 'an operator may once end for good the key that signed configs before';
      case 'abort':
        return 'an operator may once drop the announced key that was to sign configs';
      default:
        return step satisfies never;
    }
  },
});
