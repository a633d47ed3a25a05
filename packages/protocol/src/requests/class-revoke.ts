// class.revoke: all nodes of a class are cut off, and the class takes no new ones.

import * as z from 'zod';
import * as field from '../fields.ts';
import { requestKind } from './request-kind.ts';

export const classRevoke = requestKind({
  parameters: z.strictObject({ class: field.className }),
  sentence: ({ class: name }) =>
    `class ${name} is revoked: its nodes are quarantined at once, only officers release them, and no other node enrols in it`,
});
