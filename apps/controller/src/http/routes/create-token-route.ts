// POST /v1/tokens, on the administration socket. The controller stores the hash of a token's secret and not
// the secret.

import { createHash } from 'node:crypto';
import { createToken, type MeshView } from '@mesh/membership';
import { decodeBase64Url, formatRfc3339, sha256Hex } from '@mesh/primitives';
import { type CreateTokenAnswer, createTokenRequest, formatJoinToken, tokenIdOf } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { ControllerKeys } from '../../trust/controller-keys.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface CreateTokenPorts {
  readonly view: MeshView;
  readonly judge: Judge;
  readonly keys: ControllerKeys;
  readonly randomBytes: (length: number) => Uint8Array;
}

export function createTokenRoute({ view, judge, keys, randomBytes }: CreateTokenPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, createTokenRequest);
    const secret = randomBytes(32);
    const tokenId = tokenIdOf(randomBytes(9));
    await judge.run(
      createToken({
        tokenId,
        secretHash: sha256Hex(createHash('sha256').update(secret).digest()),
        uses: message.uses,
        class: message.class,
        nodeId: message.node_id,
        ttlMs: message.ttl_seconds * 1000,
        actor: context.get('caller').actor,
        needsApproval: message.approve,
      }),
    );
    const created = view.token(tokenId);
    if (created === undefined) throw new Error(`token ${tokenId} has vanished`);
    const caPins = keys.authority.pins.map((pin) => decodeBase64Url(pin, { lengthBytes: 32 }));
    const answer: CreateTokenAnswer = {
      token_id: tokenId,
      token: formatJoinToken({ tokenId, secret, caPins }),
      uses: message.uses,
      class: message.class,
      node_id: message.node_id ?? null,
      expires_at: formatRfc3339(created.expiresAtMs),
    };
    return context.json(answer);
  };
}
