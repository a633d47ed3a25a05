// POST /v1/backup and GET /v1/backup?id=ID&offset=N: of the administration.

import { noteBackup } from '@mesh/membership';
import { encodeBase64 } from '@mesh/primitives';
import { type BackupPart, type BackupStatus, backupRequest, ProblemError, problem } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { BackupState, Backups } from '../../backup/backups.ts';
import type { Judge } from '../../judge/judge.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';
import { wholeNumber } from '../receive/whole-number.ts';

export interface BackupPorts {
  readonly backups: Backups;
  readonly judge: Judge;
  readonly toldRecorder: { record(): Promise<void> };
}

/**
 * The entry in the log comes first: nobody gets a copy that the log does not know of. What nodes were told
 * and what is only in a file beside the database is recorded before, so that the copy has it too.
 */
export function startBackupRoute({ backups, judge, toldRecorder }: BackupPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, backupRequest);
    if (message.fetched !== undefined) backups.forget(message.fetched);
    else {
      if (!backups.mayStart) throw busy();
      await toldRecorder.record();
      await judge.run(noteBackup(context.get('caller').actor));
      if (!backups.start()) throw busy();
    }
    return context.json(statusOf(backups.state));
  };
}

const busy = () =>
  new ProblemError(
    problem(
      'state_conflict',
      'another backup is being made, or the master key is being replaced: wait until that is done (meshctl master-key status), then ask again',
    ),
  );

/** With `id`, the answer is a part of that backup. */
export function backupRoute({ backups }: Pick<BackupPorts, 'backups'>): Handler {
  return async (context) => {
    const id = context.req.query('id');
    const offset = wholeNumber(context, 'offset', 0, Number.MAX_SAFE_INTEGER);
    if (id === undefined) return context.json(statusOf(backups.state));
    const bytes = await backups.readPart(id, offset);
    if (bytes === undefined)
      throw new ProblemError(
        problem('not_found', 'there is no such backup, or it ends before that: make one with meshctl backup'),
      );
    const part: BackupPart = { offset, bytes: encodeBase64(bytes) };
    return context.json(part);
  };
}

function statusOf(state: BackupState): BackupStatus {
  switch (state.kind) {
    case 'none':
      return { state: 'none' };
    case 'making':
      return {
        state: 'making',
        backup_id: state.id,
        step: state.step,
        done: state.done,
        total: state.total,
      };
    case 'failed':
      return { state: 'failed', backup_id: state.id, why: state.why };
    case 'ready':
      return {
        state: 'ready',
        backup_id: state.header.id,
        made_at: state.header.made_at,
        length_bytes: state.lengthBytes,
        sha256: state.sha256,
        log_size: state.header.log_size,
        root_hash: state.header.root_hash,
      };
  }
}
