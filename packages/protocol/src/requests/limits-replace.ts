// limits.replace: looser pair limits of the configuration may count, once.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const limitsReplace = requestKind({
  parameters: z.strictObject({ present: field.digest, proposed: field.digest }),
  sentence: ({ present, proposed }) =>
    `the next start of the controller may once replace the pair limits ${present} by the looser ones ${proposed} of its configuration`,
});
