// What needs attention, as status and health show it.

import type { Session } from '../session.ts';
import type { Finding } from '../status/findings.ts';
import { renderTable } from '../table.ts';

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
