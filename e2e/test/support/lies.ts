// What somebody with the database of a stopped controller can do to its log, so that the next start signs it.

import { renderAddCheckpoint } from '@mesh/audit';
import { decodeBase64 } from '@mesh/primitives';
import type { LogProofs } from '../../../apps/controller/src/publish/log-proofs.ts';
import type { Publication } from '../../../apps/controller/test/support/log-publication.ts';

export const LIES = [
  'forks its log',
  'drops an entry',
  'reorders entries',
  'back-dates an entry',
  'back-dates its heads',
] as const;
export type Lie = (typeof LIES)[number];

const CHANGES: Readonly<Record<Lie, string>> = {
  'forks its log': swapText('node-a', 'node-x'),
  'drops an entry': `DELETE FROM log_entries WHERE log_index = 1;
    UPDATE log_entries SET log_index = log_index - 1 WHERE log_index > 1;`,
  'reorders entries': `UPDATE log_entries SET log_index = -1 WHERE log_index = 1;
    UPDATE log_entries SET log_index = 1 WHERE log_index = 2;
    UPDATE log_entries SET log_index = 2 WHERE log_index = -1;`,
  'back-dates an entry': swapText('"at":"20', '"at":"19'),
  'back-dates its heads': '',
};

function swapText(old: string, now: string): string {
  return `UPDATE log_entries SET entry = CAST(replace(CAST(entry AS TEXT), '${old}', '${now}') AS BLOB) WHERE log_index = 1;`;
}

/** Everything that would notice the change at the next start goes: the signed heads, and the tiles. */
export function tell(db: Publication['db'], lie: Lie): void {
  const before = db.prepare('SELECT group_concat(entry) FROM log_entries').pluck().get();
  for (const table of ['log_entries', 'log_tiles', 'log_heads'])
    for (const what of ['update', 'delete']) db.exec(`DROP TRIGGER ${table}_refuse_${what}`);
  db.exec(`${CHANGES[lie]} DELETE FROM log_tiles; DELETE FROM log_heads;`);
  const after = db.prepare('SELECT group_concat(entry) FROM log_entries').pluck().get();
  if ((before === after) !== (CHANGES[lie] === '')) throw new Error(`it is no lie: ${lie}`);
}

/** The published head as the controller sends it to a witness that has cosigned `from` entries. */
export function addCheckpointOf({ published }: Publication, proofs: LogProofs, from: number): string {
  const proof = proofs.from(from)?.consistency ?? [];
  const checkpoint = published.checkpoint() ?? '';
  return renderAddCheckpoint({ oldSize: from, proof: proof.map((hash) => decodeBase64(hash)), checkpoint });
}
