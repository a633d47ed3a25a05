// The body of a removal notice that leads from `v1` to `v2`.

import { configBody } from './agent-fixtures.ts';

export const noticeBody = (changes: object = {}) => {
  const { mesh_id, epoch_id, server_time_ms, log_head } = configBody('v1', []);
  return {
    mesh_id,
    class: 'default',
    base: 'v1',
    version: 'v2',
    epoch_id,
    removed: ['b'],
    except: [],
    server_time_ms,
    lease_seconds: 90,
    log_head,
    ...changes,
  };
};
