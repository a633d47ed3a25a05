// meshctl examiners: which nodes examine others, and the role of those that were outvoted.

import type { ExaminerSummary } from '@mesh/protocol';
import type { Command } from 'commander';
import { nodeId, REASON_OPTION } from '../options/options.ts';
import { renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, withSession } from '../session/session.ts';

export function addExaminersCommands(program: Command, ports: Ports): void {
  const examiners = program.command('examiners').description('the nodes that examine others');
  examiners
    .command('list')
    .description('the nodes that can be drawn as examiners, and those that were outvoted')
    .action(
      asking(
        ports,
        (client) => client.examiners(),
        ({ examiners: all }) => renderExaminers(all),
      ),
    );
  examiners
    .command('restore')
    .description('give an examiner that was outvoted its role back')
    .argument('<node>', 'node id', nodeId)
    .requiredOption(...REASON_OPTION)
    .action((id: string, { reason }: { reason: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.restoreExaminer(id, reason), (shown) => renderExaminers([shown]));
      }),
    );
}

function renderExaminers(examiners: readonly ExaminerSummary[]): string {
  if (examiners.length === 0)
    return 'there is no examiner: the policy has no block exams, or no node is in\n';
  return renderTable(
    ['NODE', 'CLASS', 'CAN BE DRAWN', 'SUSPENDED', 'OUTVOTED IN'],
    examiners.map((examiner) => [
      examiner.node_id,
      examiner.class,
      examiner.eligible ? 'yes' : 'no',
      examiner.suspended_at ?? '-',
      examiner.outvoted_in.join(', ') || '-',
    ]),
  );
}
