// meshctl policy: shows the policy, tries another one on the present evidence, puts it in force, and explains
// how a node stands under it.

import type {
  NodeExplanation,
  PolicyChanged,
  PolicyStatus,
  PolicyTrial,
  PolicyVersion,
} from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { nodeId, REASON_OPTION } from '../options/options.ts';
import { paintMembership } from '../output/membership-colours.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, type Session, withSession } from '../session/session.ts';
import { addBacktestCommand } from './backtest.ts';
import { inFile, MAX_POLICY_BYTES } from './policy-file.ts';

export function addPolicyCommands(program: Command, ports: Ports): void {
  const policy = program.command('policy').description('the policy: what a node has to reach to be in');
  policy
    .command('get')
    .description('the policy in force, as text that policy check and policy set take, and the one that waits')
    .action(asking(ports, (client) => client.policy(), renderStatus));
  policy
    .command('check')
    .description('what a policy would change, and whom it would cut or admit now; changes nothing')
    .argument('<file>', 'a whole policy, YAML or JSON')
    .action((file: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        const text = ports.readDocument(file, MAX_POLICY_BYTES);
        const trial = await inFile(file, session.client.checkPolicy({ text }));
        session.result(trial, (shown) => renderTrial(shown, session));
        failIfCut(trial);
      }),
    );
  policy
    .command('set')
    .description('put a policy in force at the next epoch boundary')
    .argument('<file>', 'a whole policy, YAML or JSON')
    .requiredOption(...REASON_OPTION)
    .option('--now', 'put it in force at once; only for a policy that is nowhere weaker')
    .action((file: string, flags: { reason: string; now?: boolean }, command: Command) =>
      withSession(command, ports, async (session) => {
        const asked = {
          text: ports.readDocument(file, MAX_POLICY_BYTES),
          reason: flags.reason,
          at_once: flags.now === true,
        };
        const changed = await inFile(file, session.client.setPolicy(asked));
        session.result(changed, (shown) => `${renderChanged(shown)}${renderTrial(shown, session)}`);
      }),
    );
  policy
    .command('explain')
    .description('every rule that a node is held to, with its own numbers')
    .argument('<node>', 'node id', nodeId)
    .action((id: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.explainNode(id), (shown) => renderExplanation(shown, session));
      }),
    );
  addBacktestCommand(policy, ports);
}

function failIfCut({ nodes }: PolicyTrial): void {
  const cut = nodes
    .filter(({ effect }) => effect === 'cut' || effect === 'held')
    .map(({ node_id }) => node_id);
  if (cut.length > 0)
    throw new CliError(
      'cuts',
      `the policy is valid, and would cut ${cut.length} of ${nodes.length} nodes: ${cut.slice(0, 10).join(', ')}${cut.length > 10 ? ', …' : ''}`,
    );
}

function renderStatus({ in_force: inForce, next }: PolicyStatus): string {
  if (inForce === null) return 'no policy is in force yet: the first epoch has not been opened\n';
  const waiting =
    next === null
      ? ''
      : `# ${describe(next)}; it applies at the next boundary\n${commented(JSON.stringify(next.policy, null, 2))}`;
  return `# ${describe(inForce)}\n${JSON.stringify(inForce.policy, null, 2)}\n${waiting}`;
}

const commented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `# ${line}\n`)
    .join('');

function describe({ version, from, changed_at, applied_at, reason: why }: PolicyVersion): string {
  const since = applied_at === null ? '' : `, in force since ${applied_at}`;
  const origin = from === 'operator' ? 'set by an operator' : 'from the configuration';
  return `policy version ${version}, ${origin} at ${changed_at}${since}: ${why}`;
}

function renderChanged({ version, applies }: PolicyChanged): string {
  return applies === 'at_once'
    ? `policy version ${version} is in force\n\n`
    : `policy version ${version} is accepted; it applies at the next epoch boundary\n\n`;
}

function renderTrial({ differences, weaker, warnings, nodes }: PolicyTrial, session: Session): string {
  const changes =
    differences.length === 0
      ? 'it asks for what the policy in force asks for\n'
      : renderTable(
          ['SETTING', 'IN FORCE', 'NEW'],
          differences.map(({ path, before, after }) => [path, shown(before), shown(after)]),
        );
  const weaknesses = weaker.map((sentence) => `weaker: ${sentence}\n`).join('');
  const cautions = warnings.map((sentence) => `warning: ${sentence}\n`).join('');
  const affected = nodes.filter(({ effect }) => effect !== 'none');
  const unchanged = nodes.length - affected.length;
  const rest = `${unchanged} of ${nodes.length} nodes would stand as they do\n`;
  return [
    changes,
    weaknesses,
    cautions,
    `${affected.length === 0 ? '' : renderNodes(affected, session)}${rest}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function renderNodes(nodes: PolicyTrial['nodes'], { paint }: Session): string {
  const painted = (standing: string) => ({
    text: standing,
    paint: standing === 'denied' ? paint.bad : standing === 'good' ? paint.good : paint.unsure,
  });
  return renderTable(
    ['NODE', 'NOW', 'WOULD BE', 'EFFECT', 'WHY'],
    nodes.map((node) => [node.node_id, painted(node.now), painted(node.would_be), node.effect, node.reason]),
  );
}

const shown = (value: unknown): string => (value === undefined ? '-' : JSON.stringify(value));

function renderExplanation(node: NodeExplanation, { paint }: Session): string {
  const facts = renderFields([
    ['node', node.node_id],
    ['membership', paintMembership(node.membership, paint)],
    ['reason', `${node.reason} (${node.reason_code})`],
    ['class', node.class],
    ['policy', `version ${node.policy_version}`],
  ]);
  const rules = renderTable(
    ['RULE', 'MET', 'WHY'],
    node.rules.map(({ rule, met, decides, sentence }) => [
      rule,
      met ? { text: 'yes', paint: paint.good } : { text: decides, paint: paint.bad },
      sentence,
    ]),
  );
  return `${facts}\n${rules}`;
}
