// A backup of the controller's database, which it makes on request and gives out in parts.

import * as z from 'zod';
import * as field from '../fields.ts';

/** The most bytes of one part. */
export const BACKUP_PART_BYTES = 4 * 1_048_576;

const backupReady = z.object({
  backup_id: z.uuid(),
  made_at: z.string(),
  /** Of the file. */
  length_bytes: field.count,
  /** Of the file. Earlier controllers do not say. */
  sha256: field.sha256Hex.optional(),
  /** The head of the log in it. */
  log_size: field.count,
  root_hash: z.string(),
});

/** `failed`: the last one; the controller's log says the same. */
export const backupStatus = z.discriminatedUnion('state', [
  z.object({ state: z.literal('none') }),
  z.object({
    state: z.literal('making'),
    backup_id: z.uuid(),
    step: z.enum(['copying', 'checking', 'sealing']),
    /** Pages, entries or bytes of this step. */
    done: field.count,
    total: field.count,
  }),
  backupReady.extend({ state: z.literal('ready') }),
  z.object({ state: z.literal('failed'), backup_id: z.uuid(), why: z.string() }),
]);
export type BackupStatus = z.infer<typeof backupStatus>;

/** With `fetched`, that one may be removed, and none is begun. */
export const backupRequest = z.strictObject({ fetched: z.uuid().optional() });
export type BackupRequest = z.input<typeof backupRequest>;

export const backupPart = z.object({
  offset: field.count,
  /** Base64. */
  bytes: field.base64UpTo(BACKUP_PART_BYTES),
});
export type BackupPart = z.infer<typeof backupPart>;
