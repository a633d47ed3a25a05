// meshctl policy backtest: replays the log's evidence under another policy.

import { type Backtest, renderBacktest, runBacktest } from '@mesh/evidence';
import { parseLocatedYaml } from '@mesh/host';
import { formatRfc3339 } from '@mesh/primitives';
import { describeReason, parsePolicy } from '@mesh/scoring';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { duration } from '../options/options.ts';
import { renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { withSession } from '../session/session.ts';
import { inFile, MAX_POLICY_BYTES } from './policy-file.ts';

const DEFAULT_SINCE_S = 7 * 86_400;

export function addBacktestCommand(policy: Command, ports: Ports): void {
  policy
    .command('backtest')
    .description("replay the log's evidence under a policy: who would have been cut, when and for how long")
    .argument('<file>', 'a whole policy, YAML or JSON')
    .option('--since <duration>', 'the evidence of this last time, such as 12h (default: 7d)', duration)
    .action((file: string, { since = DEFAULT_SINCE_S }: { since?: number }, command: Command) =>
      withSession(command, ports, async (session) => {
        const { client } = session;
        const text = ports.readDocument(file, MAX_POLICY_BYTES);
        // The controller says what is wrong with the text, and with which of its settings it does not fit.
        await inFile(file, client.checkPolicy({ text }));
        const { in_force: inForce } = await client.policy();
        if (inForce === null)
          throw new CliError('refused', 'no policy is in force yet: the first epoch has not been opened');
        const nowMs = ports.nowMs();
        const found = await runBacktest(client, {
          inForce: parsePolicy(inForce.policy),
          tried: parsePolicy(parseLocatedYaml(text, () => '').toPlain()),
          sinceMs: nowMs - since * 1_000,
          untilMs: nowMs,
        });
        session.result(renderBacktest(found), () => render(found));
        failIfCut(found);
      }),
    );
}

function failIfCut({ nodes }: Backtest): void {
  const cut = nodes.filter(({ effect }) => effect === 'cut').map(({ nodeId }) => nodeId);
  if (cut.length > 0)
    throw new CliError(
      'cuts',
      `the policy would have kept ${cut.length} of ${nodes.length} nodes out for longer: ${cut.slice(0, 10).join(', ')}${cut.length > 10 ? ', …' : ''}`,
    );
}

function render(found: Backtest): string {
  const { firstMs, lastMs, results, erased, recordedCuts, nodes } = found;
  if (firstMs === undefined || lastMs === undefined) return 'the log has nothing from that time\n';
  const span = `${results} results of ${nodes.length} nodes, from ${formatRfc3339(firstMs)} to ${formatRfc3339(lastMs)}\n`;
  const missing = erased === 0 ? '' : `${erased} results are left out: their details were erased\n`;
  const other = nodes.filter(({ effect }) => effect !== 'none');
  const table = renderTable(
    ['NODE', 'EFFECT', 'CUT', 'IN', 'DECLINING', 'RECORDED CUTS', 'FIRST', 'WHY'],
    other.map(({ nodeId, effect, now, wouldBe, first }) => [
      nodeId,
      effect,
      change(now.cuts, wouldBe.cuts, String),
      change(now.inMs, wouldBe.inMs, lasting),
      change(now.decliningMs, wouldBe.decliningMs, lasting),
      String(recordedCuts.get(nodeId) ?? 0),
      first === undefined ? '-' : formatRfc3339(first.atMs),
      first === undefined ? '-' : describeReason(first.reason),
    ]),
  );
  const rest = `${nodes.length - other.length} of ${nodes.length} nodes would have stood as under the policy in force\n`;
  return [span + missing, ...(other.length === 0 ? [] : [table]), rest].join('\n');
}

function change(now: number, then: number, format: (value: number) => string): string {
  return now === then ? format(now) : `${format(now)} → ${format(then)}`;
}

/** "2d3h", "4h5m", "6m", "12s": the two largest units. */
function lasting(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const [days, hours] = [Math.floor(seconds / 86_400), Math.floor((seconds % 86_400) / 3_600)];
  const minutes = Math.floor((seconds % 3_600) / 60);
  if (days > 0) return `${days}d${hours}h`;
  if (hours > 0) return `${hours}h${minutes}m`;
  return minutes > 0 ? `${minutes}m` : `${seconds}s`;
}
