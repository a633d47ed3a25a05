// Makes a refinement of a schema from a function that throws.

import type * as z from 'zod';

/** What `parse` throws becomes the issue. */
export const checks = (parse: (value: string) => unknown) => (value: string, context: z.RefinementCtx) => {
  try {
    parse(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'is not valid' });
  }
};
