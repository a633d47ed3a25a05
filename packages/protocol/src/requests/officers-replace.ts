// officers.replace: other people, or another number of them, have to sign from then on.

import * as z from 'zod';
import { officerEntries, requiredSignatures } from './officer-entry.ts';
import { requestKind } from './request-kind.ts';

export const officersReplace = requestKind({
  parameters: z
    .strictObject({ officers: officerEntries.min(1), required: requiredSignatures })
    .superRefine(({ officers, required }, context) => {
      if (required > officers.length)
        context.addIssue({
          code: 'custom',
          path: ['required'],
          message: `${required} of ${officers.length} officers can never sign: name at most ${officers.length}`,
        });
    }),
  sentence: ({ officers, required }) =>
    `from then on ${required} of these ${officers.length} officers must sign: ${officers.map(({ name, public_key: key }) => `${name} (${key})`).join(', ')}; nobody else is an officer`,
});
