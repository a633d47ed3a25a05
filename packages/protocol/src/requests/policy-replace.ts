// policy.replace: a policy that asks for less than the present one may be set, once.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const policyReplace = requestKind({
  parameters: z.strictObject({ present: field.digest, proposed: field.digest }),
  sentence: ({ present, proposed }) =>
    `an operator may once replace the policy ${present} by the weaker policy ${proposed}`,
});
