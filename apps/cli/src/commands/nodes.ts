// meshctl nodes: shows which nodes are in and why, and carries out the operator's decisions about them.

import { formatBitRate, type NodeDetail, type NodeSummary, type SequenceReset } from '@mesh/protocol';
import type { Command } from 'commander';
import { duration, nodeId, REASON_OPTION } from '../options/options.ts';
import { paintMembership, paintStatus } from '../output/membership-colours.ts';
import { FIGURE_COLUMNS, figureCells } from '../output/pair-figures.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { confirmById } from '../session/confirm-by-id.ts';
import { type Session, withSession } from '../session/session.ts';
import { describeLimits, describeTroubles } from '../status/describe-node.ts';
import { renderDrift } from './drift-table.ts';
import { renderLog } from './log.ts';
import { addMembersCommands } from './members.ts';
import { renderNodeExams } from './node-exams.ts';
import { addListCommand } from './nodes-list.ts';
import { renderScores } from './scores-table.ts';

type Change = 'quarantine' | 'release' | 'revoke';

const changes: readonly { readonly change: Change; readonly description: string }[] = [
  { change: 'quarantine', description: 'cut a node off at once, until it is released' },
  {
    change: 'release',
    description: 'end a quarantine; the node is admitted again when its benchmark is good enough',
  },
  { change: 'revoke', description: 'cut a node off at once and permanently; it cannot be undone' },
];

export function addNodesCommands(program: Command, ports: Ports): void {
  const nodes = program.command('nodes').description('the nodes of the mesh');
  addListCommand(nodes, ports);
  nodes
    .command('show')
    .description('one node: keys, addresses, scores, exams, and its latest log entries')
    .argument('<id>', 'node id', nodeId)
    .action((id: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.node(id), (node) => renderDetail(node, session));
      }),
    );
  for (const { change, description } of changes) {
    const command = nodes
      .command(change)
      .description(description)
      .argument('<id>', 'node id', nodeId)
      .requiredOption(...REASON_OPTION);
    if (change === 'revoke') command.option('--yes', 'do not ask');
    if (change === 'quarantine')
      command.option('--for <time>', 'release it after this time: 30m, 2h, 7d (default: never)', duration);
    command.action((id: string, flags: { reason: string; yes?: boolean; for?: number }) =>
      withSession(command, ports, async (session) => {
        if (change === 'revoke' && flags.yes !== true) await confirmById('Revoking', id, ports);
        session.result(await session.client[change](id, flags.reason, flags.for), (node) =>
          renderStanding(node, session),
        );
      }),
    );
  }
  addMembersCommands(nodes, ports);
  addResetSequence(nodes, ports);
}

function addResetSequence(nodes: Command, ports: Ports): void {
  nodes
    .command('reset-sequence')
    .description(
      "lower a node's last sequences to the present if they are ahead of it, so that its messages count again",
    )
    .argument('<id>', 'node id', nodeId)
    .requiredOption(...REASON_OPTION)
    .action((id: string, flags: { reason: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.resetSequence(id, flags.reason), renderReset);
      }),
    );
}

function renderReset({ node_id: id, lowered }: SequenceReset): string {
  if (lowered.length === 0)
    return `nothing needed a reset: no sequence of ${id} lies ahead of the controller's clock\n`;
  return renderTable(
    ['SEQUENCE OF', 'FROM', 'TO'],
    lowered.map(({ kind, from, to }) => [kind, String(from), String(to)]),
  );
}

function renderStanding(node: NodeSummary, { paint }: Session): string {
  return renderFields([
    ['node', node.node_id],
    ['status', paintStatus(node.status, paint)],
    ...(node.quarantined_until === null
      ? []
      : [['until', node.quarantined_until] satisfies [string, string]]),
    ['membership', paintMembership(node.membership, paint)],
    ['reason', `${node.reason} (${node.reason_code})`],
  ]);
}

function renderDetail(node: NodeDetail, session: Session): string {
  const benchmark = node.last_benchmark;
  const facts = renderFields([
    ['class', node.class],
    ['declining', node.declining ? 'yes' : 'no'],
    ['limit', describeLimits(node) ?? 'none'],
    ['probation', node.probation_until_epoch === null ? 'no' : `until epoch ${node.probation_until_epoch}`],
    ['addresses', node.addresses.join(', ')],
    ['endpoint', node.endpoint ?? 'none: it must speak first'],
    ['enrolled', node.enrolled_at],
    ['last seen', node.last_seen_at ?? 'never'],
    ...describeTroubles(node).map((text): [string, string] => ['trouble', text]),
    ['identity key', node.identity_key],
    ['WireGuard key a', node.wg_public_keys.a],
    ['WireGuard key b', node.wg_public_keys.b ?? 'none'],
    [
      'last benchmark',
      benchmark === null ? 'none' : `${benchmark.timestamp}, suite ${benchmark.suite_version}`,
    ],
  ]);
  const scores = benchmark === null ? '' : `\n${renderScores(benchmark.scores, node.judged ?? [])}`;
  const signals = node.drift ?? [];
  const drift = signals.length === 0 ? '' : `\n${renderDrift(signals, session)}`;
  const exams = node.exams === undefined ? '' : `\n${renderNodeExams(node.node_id, node.exams)}`;
  const pairs = node.pairs.length === 0 ? '' : `\n${renderPairs(node)}`;
  const log = node.log.length === 0 ? '' : `\n${renderLog(node.log)}`;
  return `${renderStanding(node, session)}${facts}${scores}${drift}${exams}${pairs}${log}`;
}

/** Each tunnel as both ends report it. If their keys differ, there are no handshakes. */
function renderPairs({ pairs }: NodeDetail): string {
  const isMeasured = pairs.some(({ figures }) => figures != null);
  const rows = pairs.map((pair) => [
    pair.node_id,
    String(pair.epoch_here ?? '-'),
    String(pair.epoch_there ?? '-'),
    pair.handshake_age_ms === null ? 'never' : `${Math.round(pair.handshake_age_ms / 1000)} s ago`,
    ...(isMeasured ? figureCells(pair.figures) : []),
    pair.limit_bits_per_second === null ? '-' : formatBitRate(pair.limit_bits_per_second),
    pair.suspicion === null ? '' : 'PSK mismatch suspected',
  ]);
  const figures = isMeasured ? FIGURE_COLUMNS : [];
  return renderTable(['PEER', 'EPOCH HERE', 'EPOCH THERE', 'HANDSHAKE', ...figures, 'LIMIT', ''], rows);
}
