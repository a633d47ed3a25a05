// meshctl why: why a node stands where it stands, and the command that proves it.

import {
  type BrakeStatus,
  type ExamSummary,
  type NodeDetail,
  type NodeExplanation,
  printable,
} from '@mesh/protocol';
import type { Command } from 'commander';
import { entriesBehind } from '../events/entries-behind.ts';
import { type EventView, eventOf, MAX_SENTENCE_LENGTH, renderEvents } from '../events/event-lines.ts';
import { nodeId } from '../options/options.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';
import { standingSentence } from '../status/standing-sentence.ts';
import { renderDrift } from './drift-table.ts';
import { renderScores } from './scores-table.ts';

const SHOWN_EXAMS = 3;

export function addWhyCommand(program: Command, ports: Ports): void {
  program
    .command('why')
    .description('why a node stands where it stands: result, alarm, drift, exams, brake, log, and the proof')
    .argument('<id>', 'node id', nodeId)
    .action((id: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await ask(id, session), (account) => render(account, session));
      }),
    );
}

interface Account {
  readonly schema_version: 1;
  readonly sentence: string;
  readonly node: Omit<NodeDetail, 'log' | 'pairs'>;
  readonly policy_version: number;
  readonly rules: NodeExplanation['rules'];
  /** The newest first. */
  readonly exams: readonly ExamSummary[];
  /** The brake's hold of the node; null: none. */
  readonly hold: BrakeStatus['held'][number] | null;
  /** The oldest first. */
  readonly entries: readonly EventView[];
  /** The command that writes the proof. */
  readonly prove: string;
}

async function ask(id: string, { client }: Session): Promise<Account> {
  const [detail, explanation, { exams }, { held }] = await Promise.all([
    client.node(id),
    client.explainNode(id),
    client.exams(),
    client.brake(),
  ]);
  const { log, pairs: _pairs, ...node } = detail;
  return {
    schema_version: 1,
    sentence: standingSentence(node),
    node,
    policy_version: explanation.policy_version,
    rules: explanation.rules,
    exams: exams.filter(({ node_id: examined }) => examined === id).slice(0, SHOWN_EXAMS),
    hold: held.find(({ node_id: one }) => one === id) ?? null,
    entries: entriesBehind(log).map(eventOf),
    prove: `meshctl audit prove ${id} --out ${id}-proof.json`,
  };
}

function render(account: Account, session: Session): string {
  const { sentence, node, rules, exams, entries, prove } = account;
  const benchmark = node.last_benchmark;
  const sections = [
    `${printable(sentence, MAX_SENTENCE_LENGTH)}\n`,
    renderFacts(account),
    benchmark === null ? '' : renderScores(benchmark.scores, node.judged ?? []),
    renderRules(rules, node.node_id, session),
    (node.drift ?? []).length === 0 ? '' : renderDrift(node.drift ?? [], session),
    exams.length === 0 ? '' : renderExams(exams, session),
    renderEvents(entries),
    renderFields([
      ['prove it', prove],
      [
        'verify it',
        `meshctl audit verify ${node.node_id}-proof.json --log-key KEY, with the keys of: meshctl log key`,
      ],
    ]),
  ];
  return sections.filter((section) => section !== '').join('\n');
}

function renderFacts({ node, policy_version: version, hold }: Account): string {
  const { last_benchmark: benchmark, class: className } = node;
  return renderFields([
    ['policy', version === 0 ? 'none in force yet' : `version ${version}, class ${className}`],
    [
      'result',
      benchmark === null ? 'none yet' : `of ${benchmark.timestamp}, suite ${benchmark.suite_version}`,
    ],
    ['quarantine', node.status === 'quarantined' ? `until ${node.quarantined_until ?? 'a release'}` : 'no'],
    [
      'brake',
      hold === null
        ? 'does not hold it'
        : `holds it in until ${hold.until}, for ${hold.cause}: ${hold.reason}`,
    ],
  ]);
}

function renderRules(rules: Account['rules'], id: string, { paint, columns }: Session): string {
  const unmet = rules.filter(({ met }) => !met);
  const rest = `${rules.length - unmet.length} of ${rules.length} rules are met; all of them: meshctl policy explain ${id}\n`;
  if (unmet.length === 0) return rest;
  const table = renderTable(
    ['RULE NOT MET', 'LEADS TO', 'WHY'],
    unmet.map(({ rule, decides, sentence }) => [
      rule,
      { text: decides, paint: decides === 'denied' ? paint.bad : paint.unsure },
      sentence,
    ]),
    columns,
  );
  return `${table}${rest}`;
}

function renderExams(exams: readonly ExamSummary[], { columns }: Session): string {
  return renderTable(
    ['EXAM', 'POOL', 'STATE', 'OUTCOME', 'WHY'],
    exams.map(({ exam_id: id, pool, state, verdict }) => [
      id,
      pool,
      state,
      verdict?.outcome ?? '-',
      verdict?.sentence ?? '-',
    ]),
    columns,
  );
}
