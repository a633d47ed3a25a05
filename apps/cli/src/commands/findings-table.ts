// What needs attention, as status and health show it.

import { renderTable } from '../output/table.ts';
import type { Session } from '../session/session.ts';
import type { Finding } from '../status/findings.ts';

export function renderFindings(
  findings: readonly Finding[],
  { paint, columns }: Pick<Session, 'paint' | 'columns'>,
): string {
  if (findings.length === 0) return 'nothing needs attention\n';
  const rows = findings.map(({ code, severity, text, next }) => [
    { text: code, paint: severity === 'bad' ? paint.bad : paint.unsure },
    text,
    next,
  ]);
  return renderTable(['NEEDS ATTENTION', 'WHAT', 'NEXT'], rows, columns);
}
