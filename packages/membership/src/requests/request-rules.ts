// The rule of every kind of request. A new kind is a file of its own and a line here; its parameters are
// in @mesh/protocol, requests/request-kinds.ts.

import {
  canonicalJson,
  type JsonValue,
  type MeshId,
  portableSha256,
  sha256Hex,
  utf8,
} from '@mesh/primitives';
import type { Problem, RequestKindName, RequestSubject } from '@mesh/protocol';
import type { CommandContext } from '../commands/outcome.ts';
import type { MeshView } from '../state/mesh-view.ts';
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
import type { RequestRule } from './request-rule.ts';

const requestRules: { readonly [Kind in RequestKindName]: RequestRule<Kind> } = {
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
};

/** The rule of a kind. A subject's parameters are always those of its kind. */
export const ruleOf = (kind: RequestKindName): RequestRule => requestRules[kind] as RequestRule;

/**
 * The digest of the state that a request about this has to be made for; see {@link requestStateDigest}.
 *
 * @returns a problem if there is nothing that such a request could be about
 */
export function requestState(
  { kind, parameters }: RequestSubject,
  view: MeshView,
  context: CommandContext,
): string | Problem {
  const found = ruleOf(kind).stateFor(parameters as never, view, context);
  return found.kind === 'none' ? found.problem : requestStateDigest(view.meshId, kind, found.state);
}

/** "sha256:" + hex(SHA-256("mesh/v1/request_state\n" ‖ JCS({ mesh_id, kind, state }))). */
export function requestStateDigest(meshId: MeshId, kind: RequestKindName, state: JsonValue): string {
  const text = canonicalJson({ mesh_id: meshId, kind, state });
  return `sha256:${sha256Hex(portableSha256(utf8(`mesh/v1/request_state\n${text}`)))}`;
}
