// What the drift signals of the policy say of a node.

import type { NodeDetail } from '@mesh/protocol';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session/session.ts';

export function renderDrift(
  signals: NonNullable<NodeDetail['drift']>,
  { paint }: Pick<Session, 'paint'>,
): string {
  return renderTable(
    ['SIGNAL', 'SPEAKS', 'LEADS TO', 'WHY'],
    signals.map(({ signal, speaks, action, sentence }) => [
      signal,
      speaks ? { text: 'yes', paint: paint.unsure } : { text: 'no', paint: paint.good },
      action === 'advise' ? 'nothing' : action,
      sentence,
    ]),
  );
}
