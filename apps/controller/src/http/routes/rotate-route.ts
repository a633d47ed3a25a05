// POST /v1/rotate, on the administration socket: opens the next epoch now.

import { formatRfc3339 } from '@mesh/primitives';
import type { RotateAnswer } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { EpochRunner } from '../../schedule/epoch-runner.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';

export interface RotatePorts {
  readonly epochs: EpochRunner;
}

export function rotateRoute({ epochs }: RotatePorts): Handler<AdminEnv> {
  return async (context) => {
    const epoch = await epochs.rotate(context.get('caller').actor);
    const answer: RotateAnswer = {
      status: 'rotate triggered',
      epoch_id: epoch.epochId,
      activate_at: formatRfc3339(epoch.activateAtMs),
    };
    return context.json(answer);
  };
}
