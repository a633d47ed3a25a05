// Ends a join token before its time. From then on, nobody enrols with it, not even a node that has enrolled
// with it and asks again. The nodes that it let in stay.

import { problem, type TokenId } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import { type Command, done, refused } from './outcome.ts';

export interface Withdrawal {
  /** As the operator wrote it. */
  readonly tokenId: string;
  readonly why: string;
  readonly actor: Actor;
}

export function withdrawToken({ tokenId, why, actor }: Withdrawal): Command {
  return (view) => {
    const token = view.token(tokenId as TokenId);
    if (token === undefined)
      return refused(
        problem('not_found', `there is no token ${tokenId}; list them with: meshctl tokens list`),
      );
    if (token.isWithdrawn)
      return refused(problem('state_conflict', `token ${tokenId} is withdrawn, and nothing was changed`));
    return done([{ type: 'token_withdrawn', tokenId: token.tokenId, why, actor }]);
  };
}
