// GET /v1/master-key/status and POST /v1/master-key/rotate: of the administration.

import { rotateMasterKeyRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { MasterKeyRotation } from '../../judge/master-key-rotation.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface MasterKeyPorts {
  readonly masterKeyRotation: MasterKeyRotation;
}

export function masterKeyStatusRoute({ masterKeyRotation }: MasterKeyPorts): Handler {
  return (context) => context.json(masterKeyRotation.status());
}

export function rotateMasterKeyRoute({ masterKeyRotation }: MasterKeyPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, rotateMasterKeyRequest);
    await masterKeyRotation.start({ why: message.reason, actor: context.get('caller').actor });
    return context.json(masterKeyRotation.status());
  };
}
