// The fold of what happens to a join token.

import type { TokenId } from '@mesh/protocol';
import type { MeshEvent } from '../events/mesh-event.ts';
import { InconsistentEventError } from './inconsistent-event-error.ts';
import type { MeshDraft } from './mesh-draft.ts';

type TokenEvent = Extract<MeshEvent, { type: 'token_created' | 'token_withdrawn' }>;

/** @throws InconsistentEventError */
export function applyTokenEvent(draft: MeshDraft, event: TokenEvent): void {
  if (event.type === 'token_created') {
    draft.putToken({
      tokenId: event.tokenId,
      secretHash: event.secretHash,
      usesLeft: event.uses,
      class: event.class,
      nodeId: event.nodeId,
      expiresAtMs: event.expiresAtMs,
      needsApproval: event.needsApproval === true,
      isWithdrawn: false,
    });
    return;
  }
  const token = draft.token(event.tokenId);
  if (token === undefined) throw new InconsistentEventError(event, 'the token does not exist');
  draft.putToken({ ...token, isWithdrawn: true });
}

/** Takes one use off the token that an enrolment names. @throws InconsistentEventError */
export function spendToken(draft: MeshDraft, event: MeshEvent & { readonly tokenId: TokenId }): void {
  const token = draft.token(event.tokenId);
  if (token === undefined) throw new InconsistentEventError(event, 'its token does not exist');
  draft.putToken({ ...token, usesLeft: token.usesLeft - 1 });
}
