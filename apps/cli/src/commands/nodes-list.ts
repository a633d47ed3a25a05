// meshctl nodes list: all nodes, or those that fit, once or again and again.

import type { NodeSummary } from '@mesh/protocol';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { paintMembership, paintStatus } from '../output/membership-colours.ts';
import { renderTable } from '../output/table.ts';
import { showing, type WatchFlags, withWatch } from '../output/watch.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';
import { describeLimits, describeTroubles } from '../status/describe-node.ts';
import { nodeStates } from '../status/node-counts.ts';
import { type NodeFilters, selectNodes } from '../status/select-nodes.ts';
import { formatScore } from './scores-table.ts';

export function addListCommand(nodes: Command, ports: Ports): void {
  const list = nodes
    .command('list')
    .description('all nodes or those that fit every filter, how they stand and why')
    .option('--class <name>', 'only nodes of this class')
    .addOption(new Option('--state <state>', 'only nodes in this state').choices([...nodeStates]))
    .option('--below <score>', 'only nodes whose overall score is lower', score)
    .option('--search <text>', 'only nodes with this in id, class, address, endpoint or reason');
  withWatch(list).action((flags: NodeFilters & WatchFlags, command: Command) =>
    withSession(command, ports, (session) =>
      showing(
        flags,
        session,
        () => ask(flags, session),
        ({ nodes: shown }) => renderList(shown, isFilter(flags), session),
      ),
    ),
  );
}

function score(text: string): number {
  if (!/^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/.test(text))
    throw new InvalidArgumentError('Give a number from 0 to 1, such as 0.85.');
  return Number(text);
}

const isFilter = ({ class: className, state, below, search }: NodeFilters): boolean =>
  [className, state, below, search].some((value) => value !== undefined);

async function ask(
  flags: NodeFilters,
  { client }: Session,
): Promise<{ readonly nodes: readonly NodeSummary[] }> {
  const { nodes } = await client.nodes();
  if (!isFilter(flags)) return { nodes };
  // Only a state depends on the time, which is the controller's.
  const nowMs = flags.state === undefined ? 0 : (await client.epoch()).server_time_ms;
  return { nodes: selectNodes(nodes, flags, nowMs) };
}

function renderList(nodes: readonly NodeSummary[], isFiltered: boolean, { paint, columns }: Session): string {
  if (nodes.length === 0 && isFiltered) return 'no node fits\n';
  if (nodes.length === 0) return 'no node has enrolled yet; let one in with: meshctl tokens create\n';
  const rows = nodes.map((node) => [
    node.node_id,
    paintStatus(node.status, paint),
    paintMembership(node.membership, paint),
    node.class,
    node.last_benchmark === null ? '-' : formatScore(node.last_benchmark.overall),
    describeLimits(node) ?? '-',
    node.addresses.join(','),
    node.endpoint ?? '-',
    node.last_seen_at ?? 'never',
    [node.reason, ...describeTroubles(node)].join('; '),
  ]);
  return renderTable(
    [
      'NODE',
      'STATUS',
      'MEMBERSHIP',
      'CLASS',
      'SCORE',
      'LIMIT',
      'ADDRESSES',
      'ENDPOINT',
      'LAST SEEN',
      'REASON',
    ],
    rows,
    columns,
  );
}
