// meshctl top: the nodes that need a look first, live.

import { formatRfc3339 } from '@mesh/primitives';
import type { NodeSummary } from '@mesh/protocol';
import { type Command, Option } from 'commander';
import { formatDuration } from '../options/duration.ts';
import { wholeNumber } from '../options/options.ts';
import { paintMembership } from '../output/membership-colours.ts';
import { formatLoss, formatRate, formatRtt } from '../output/pair-figures.ts';
import { renderTable } from '../output/table.ts';
import { EVERY_OPTION, showing } from '../output/watch.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';
import { describeLimits, describeTroubles } from '../status/describe-node.ts';
import { type Order, orders, worstFirst } from '../status/worst-first.ts';
import { formatScore } from './scores-table.ts';

const DEFAULT_LIMIT = 20;
/** The line above the table, its header, and the last row, where the cursor is. */
const OTHER_ROWS = 3;

interface TopFlags {
  readonly sort: Order;
  readonly limit?: number;
  readonly once?: boolean;
  readonly every?: number;
}

interface Top {
  readonly schema_version: 1;
  readonly at: string;
  readonly sort: Order;
  /** How many nodes there are. */
  readonly total: number;
  readonly nodes: readonly NodeSummary[];
}

export function addTopCommand(program: Command, ports: Ports): void {
  program
    .command('top')
    .description(
      'the nodes that need a look first, live: by score, handshake, silence, traffic, round trip or loss',
    )
    .addOption(new Option('--sort <order>', 'what comes first').choices([...orders]).default('score'))
    .option(
      '--limit <n>',
      `at most this many (default: what fits the terminal, else ${DEFAULT_LIMIT})`,
      wholeNumber,
    )
    .option('--once', 'show it once')
    .option(...EVERY_OPTION)
    .action((flags: TopFlags, command: Command) =>
      withSession(command, ports, (session) =>
        showing(
          { ...flags, watch: flags.once !== true },
          session,
          () => ask(flags, session),
          (top) => render(top, session),
        ),
      ),
    );
}

async function ask({ sort, limit }: TopFlags, { client, ports, json }: Session): Promise<Top> {
  const [{ nodes }, { server_time_ms: nowMs }] = await Promise.all([client.nodes(), client.epoch()]);
  const rows = json ? undefined : ports.screen()?.rows;
  const shown = limit ?? (rows === undefined ? DEFAULT_LIMIT : Math.max(1, rows - OTHER_ROWS));
  return {
    schema_version: 1,
    at: formatRfc3339(Math.floor(nowMs)),
    sort,
    total: nodes.length,
    nodes: worstFirst(nodes, sort).slice(0, shown),
  };
}

function render({ at, sort, total, nodes }: Top, { paint, columns }: Session): string {
  const nowMs = Date.parse(at);
  const shown = BY_FIGURES.has(sort) ? FIGURES : STANDINGS;
  const table = renderTable(
    ['NODE', 'MEMBERSHIP', ...shown.map(([header]) => header), 'REASON'],
    nodes.map((node) => [
      node.node_id,
      paintMembership(node.membership, paint),
      ...shown.map(([, cell]) => cell(node, nowMs)),
      [node.reason, ...describeTroubles(node)].join('; '),
    ]),
    columns,
  );
  return `${at}  ${nodes.length} of ${total} nodes by ${sort}\n${table}`;
}

type Column = readonly [header: string, cell: (node: NodeSummary, nowMs: number) => string];

const BY_FIGURES: ReadonlySet<Order> = new Set(['traffic', 'rtt', 'loss']);

const STANDINGS: readonly Column[] = [
  ['SCORE', (node) => (node.last_benchmark === null ? '-' : formatScore(node.last_benchmark.overall))],
  ['TUNNELS', describeTunnels],
  ['HANDSHAKE', describeHandshake],
  ['SEEN', describeSeen],
  ['LIMIT', (node) => describeLimits(node) ?? '-'],
];

/** Of all tunnels together: what they carry, the slowest of them and the one that loses most. */
const FIGURES: readonly Column[] = [
  ['TUNNELS', describeTunnels],
  ['RECEIVES', ({ tunnels }) => formatRate(tunnels?.figures?.received)],
  ['SENDS', ({ tunnels }) => formatRate(tunnels?.figures?.sent)],
  ['RTT', ({ tunnels }) => formatRtt(tunnels?.figures?.rtt_ms) ?? '-'],
  ['LOSS', describeLoss],
];

function describeLoss({ tunnels }: NodeSummary): string {
  const { loss = null, without_answer: silent = 0 } = tunnels?.figures ?? {};
  const lost = loss === null ? undefined : formatLoss(loss);
  return [lost, silent === 0 ? undefined : `${silent} without answer`].filter(Boolean).join(', ') || '-';
}

function describeSeen({ last_seen_at: seen }: NodeSummary, nowMs: number): string {
  return seen === null ? 'never' : `${formatDuration(nowMs - Date.parse(seen))} ago`;
}

function describeTunnels({ tunnels }: NodeSummary): string {
  if (tunnels == null) return '-';
  const { count, without_handshake: silent } = tunnels;
  return silent === 0 ? String(count) : `${count}, ${silent} silent`;
}

/** The oldest of all its tunnels. */
function describeHandshake({ tunnels }: NodeSummary): string {
  const oldest = tunnels?.oldest_handshake_ms ?? null;
  return oldest === null ? '-' : `${formatDuration(oldest)} ago`;
}
