// Every kind of request that officers sign. A new kind is a file of its own and a line here; what it does is
// in @mesh/membership, requests/request-rules.ts.

import type * as z from 'zod';
import { backupRestore } from './backup-restore.ts';
import { brakeEnd } from './brake-end.ts';
import { caRotate } from './ca-rotate.ts';
import { classRelease } from './class-release.ts';
import { classRevoke } from './class-revoke.ts';
import { configKeyRotate } from './config-key-rotate.ts';
import { limitsReplace } from './limits-replace.ts';
import { logKeyRotate } from './log-key-rotate.ts';
import { nodeReclass } from './node-reclass.ts';
import { nodeRelease } from './node-release.ts';
import { nodeRevoke } from './node-revoke.ts';
import { officersReplace } from './officers-replace.ts';
import { policyReplace } from './policy-replace.ts';
import type { RequestKind } from './request-kind.ts';

export const requestKinds = {
  'node.revoke': nodeRevoke,
  'node.release': nodeRelease,
  'class.revoke': classRevoke,
  'class.release': classRelease,
  'officers.replace': officersReplace,
  'policy.replace': policyReplace,
  'brake.end': brakeEnd,
  'node.reclass': nodeReclass,
  'ca.rotate': caRotate,
  'limits.replace': limitsReplace,
  'config_key.rotate': configKeyRotate,
  'log_key.rotate': logKeyRotate,
  'backup.restore': backupRestore,
} as const satisfies Record<string, RequestKind>;

export type RequestKindName = keyof typeof requestKinds;
export const requestKindNames = Object.keys(requestKinds) as RequestKindName[];

/** A kind with its parameters. */
export type RequestSubject<Kind extends RequestKindName = RequestKindName> = {
  [Name in Kind]: {
    readonly kind: Name;
    readonly parameters: z.output<(typeof requestKinds)[Name]['parameters']>;
  };
}[Kind];

/** What happens when enough officers have signed: one sentence without a full stop. */
export function requestSentence({ kind, parameters }: RequestSubject): string {
  return (requestKinds[kind] as RequestKind).sentence(parameters);
}
