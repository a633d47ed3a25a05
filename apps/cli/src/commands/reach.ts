// meshctl reach: whether one node may send to another, by which rule, and whether the tunnel between them is
// up as both ends report it.

import { formatBitRate, type ReachAnswer } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { formatDuration } from '../options/duration.ts';
import { nodeId } from '../options/options.ts';
import { FIGURE_COLUMNS, figureCells } from '../output/pair-figures.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';

interface ReachFlags {
  readonly rules?: boolean;
}

interface Verdict {
  readonly schema_version: 1;
  /** What the exit code says. */
  readonly reaches: boolean;
  readonly allowed: boolean;
  /** Whether both ends report the tunnel as up. */
  readonly up: boolean;
  readonly sentence: string;
}

export function addReachCommand(program: Command, ports: Ports): void {
  program
    .command('reach')
    .description(
      'whether one node reaches another: allowed, by which rule, and is the tunnel up; exit code 1 if not',
    )
    .argument('<from>', 'node id', nodeId)
    .argument('<to>', 'node id', nodeId)
    .option('--rules', 'judge by the rules alone, whether or not the tunnel is up')
    .action((from: string, to: string, flags: ReachFlags, command: Command) =>
      withSession(command, ports, async (session) => {
        const answer = await session.client.reach(from, to);
        const verdict = judge(answer, flags);
        session.result({ ...verdict, ...answer }, () => render(verdict, answer, session));
        if (!verdict.reaches) throw new CliError('refused', verdict.sentence);
      }),
    );
}

function judge({ directions: [there], tunnel }: ReachAnswer, { rules }: ReachFlags): Verdict {
  const { allowed, from, to, port } = there;
  const up = tunnel.every((end) => end?.state === 'up');
  const at = port === null ? to : `${to} at port ${port}`;
  const sentence = (): string => {
    if (!allowed) return `${from} does not reach ${to}: ${there.sentence}`;
    if (rules === true) return `${from} may reach ${at}`;
    return up
      ? `${from} reaches ${at}`
      : `${from} may reach ${at}, but not both ends report the tunnel as up`;
  };
  return {
    schema_version: 1,
    reaches: allowed && (up || rules === true),
    allowed,
    up,
    sentence: sentence(),
  };
}

function render({ sentence }: Verdict, answer: ReachAnswer, { paint, columns }: Session): string {
  const limit = answer.limit_bits_per_second;
  const facts = renderFields([
    ['verdict', sentence],
    ['limit', limit === null ? 'none' : `${formatBitRate(limit)}, each way`],
  ]);
  const rules = renderTable(
    ['FROM', 'TO', 'ALLOWED', 'RULE', 'WHY'],
    answer.directions.map(({ from, to, allowed, rule, sentence: why }) => [
      from,
      to,
      allowed ? { text: 'yes', paint: paint.good } : { text: 'no', paint: paint.bad },
      rule,
      why,
    ]),
    columns,
  );
  const tunnel = renderTable(
    ['END', 'TUNNEL', 'SINCE', 'HANDSHAKE', 'EPOCH', 'ITS ENDPOINT'],
    answer.ends.map(({ node_id: id, endpoint }, at) => [
      id,
      ...reported(answer.tunnel[at] ?? null, paint),
      endpoint ?? 'none: it must speak first',
    ]),
    columns,
  );
  return `${facts}\n${rules}\n${tunnel}${renderFigures(answer, columns)}`;
}

/** What each end measures. Empty if none says. */
function renderFigures({ ends, tunnel }: ReachAnswer, columns: number | undefined): string {
  if (tunnel.every((end) => end?.figures == null)) return '';
  const rows = ends.map(({ node_id: id }, at) => {
    const figures = tunnel[at]?.figures;
    const age = figures?.probes.age_ms ?? null;
    return [id, ...figureCells(figures), age === null ? '-' : `${formatDuration(age)} ago`];
  });
  return `\n${renderTable(['END', ...FIGURE_COLUMNS, 'PROBED'], rows, columns)}`;
}

function reported(end: ReachAnswer['tunnel'][number], paint: Session['paint']) {
  if (end === null) return [{ text: 'not reported', paint: paint.unsure }, '-', '-', '-'];
  const by = { up: paint.good, waiting: paint.unsure, overdue: paint.bad };
  return [
    { text: end.state, paint: by[end.state] },
    end.since,
    end.handshake_age_ms === null ? 'never' : `${formatDuration(end.handshake_age_ms)} ago`,
    String(end.epoch_id ?? '-'),
  ];
}
