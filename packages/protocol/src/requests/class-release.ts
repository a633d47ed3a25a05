// class.release: a class that was revoked takes nodes again.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const classRelease = requestKind({
  parameters: z.strictObject({ class: field.className }),
  sentence: ({ class: name }) =>
    `class ${name} is no longer revoked: nodes may enrol in it, and an operator may release its nodes one by one`,
});
