// What a start does in a database that was restored from a backup. What came after the backup is lost here,
// and others have seen it: challenges that were opened with the exams that they were for, gradings, items
// that were used up. So nothing of exams that depends on a secret of the backup goes on. A challenge that was
// promised before is never drawn with: otherwise somebody who restores could choose among several draws.

import type { ExamChallenge } from '../events/exams.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { RestoredBackup } from '../state/controller-facts.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { cancellationOf } from './cancel-exams.ts';
import { type Command, done } from './outcome.ts';

/** Changes nothing in a database that was not restored, or where a start has done this. */
export function afterRestore(newChallenge: () => ExamChallenge): Command {
  return (view, { nowMs }) => {
    const { restored } = view.controllerFacts();
    if (restored === undefined) return done([]);
    const { backupId, lostEntries } = restored;
    return done([
      { type: 'backup_restored', backupId, lostEntries },
      ...retirements(view, restored),
      ...[...view.exams().open()].map((exam) => cancellationOf(exam, 'restored', nowMs)),
      ...newPromises(view, newChallenge),
    ]);
  };
}

/** The items that the database before had retired: they may have been opened. */
function retirements(view: MeshView, { retired }: RestoredBackup): MeshEvent[] {
  return retired.flatMap(({ root, indices }): MeshEvent[] => {
    const pool = view.exams().pool(root);
    if (pool === undefined) return [];
    const known = new Set(pool.retired);
    const more = indices.filter((index) => index < pool.items.length && !known.has(index));
    if (more.length === 0) return [];
    return [{ type: 'exam_items_retired', pool: pool.name, root, indices: more }];
  });
}

function newPromises(view: MeshView, newChallenge: () => ExamChallenge): MeshEvent[] {
  const newest = view.epochs().at(-1)?.epochId;
  return [...view.nodes()].flatMap(({ nodeId, exams }): MeshEvent[] => {
    if (exams === undefined) return [];
    const epochId = newest ?? exams.sinceEpoch;
    return [{ type: 'exam_promised', nodeId, epochId, next: newChallenge() }];
  });
}
