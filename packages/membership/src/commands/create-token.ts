// Makes a join token for one or several nodes. The state gets only the hash of its secret.

import type { NodeId, Sha256Hex } from '@mesh/primitives';
import { problem, type TokenId } from '@mesh/protocol';
import { DEFAULT_CLASS } from '@mesh/scoring';
import type { Actor } from '../events/actor.ts';
import { isClassRevoked } from '../state/class-revoked.ts';
import { type Command, done, refused } from './outcome.ts';

export interface NewToken {
  readonly tokenId: TokenId;
  readonly secretHash: Sha256Hex;
  readonly uses: number;
  readonly class: string;
  readonly nodeId: NodeId | undefined;
  readonly ttlMs: number;
  readonly actor: Actor;
  /** Whether the nodes that enrol with it wait for an operator; absent: no. */
  readonly needsApproval?: boolean;
}

export function createToken({ ttlMs, ...token }: NewToken): Command {
  return (view, context) => {
    const classes = [DEFAULT_CLASS, ...context.policy.classes.map(({ name }) => name)];
    if (!classes.includes(token.class))
      return refused(
        problem(
          'invalid_message',
          `class: the policy has no class ${token.class}, but ${[...new Set(classes)].join(', ')}; name one of these, or add it to the policy with: meshctl policy set`,
        ),
      );
    if (isClassRevoked(token.class, view))
      return refused(
        problem(
          'state_conflict',
          `class ${token.class} is revoked: officers open it again with a request of the kind class.release`,
        ),
      );
    if (token.nodeId !== undefined && token.uses !== 1)
      return refused(problem('invalid_message', 'uses: a token that is bound to a node is good for one use'));
    if (view.token(token.tokenId) !== undefined)
      throw new Error('a token id came twice: the random source is broken');
    const expiresAtMs = context.nowMs + ttlMs;
    return done([{ type: 'token_created', ...token, expiresAtMs }]);
  };
}
