// meshctl exam: loads sealed pools of exam items, and shows the exams that are drawn from them.

import type { ExamSummary, OpenedItems, PoolSummary } from '@mesh/protocol';
import type { Command } from 'commander';
import { examId, poolName, REASON_OPTION } from '../options/options.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, withSession } from '../session/session.ts';
import { addExamVerify } from './exam-verify.ts';

/** As long as a suite may be, in UTF-8. */
const MAX_POOL_BYTES = 1_048_576;

export function addExamCommands(program: Command, ports: Ports): void {
  const exam = program
    .command('exam')
    .description('exams: items of a sealed pool that examiners put to a node, through the tunnel');
  addPoolCommands(exam, ports);
  addExamVerify(exam, ports);
  exam
    .command('list')
    .description('the exams that are open, and those that were closed last')
    .action(
      asking(
        ports,
        (client) => client.exams(),
        ({ exams }) => renderExams(exams),
      ),
    );
  exam
    .command('show')
    .description('one exam: its examiners, what they found, and what came of it')
    .argument('<id>', 'exam id', examId)
    .action((id: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.exam(id), renderExam);
      }),
    );
  exam
    .command('prove')
    .description('one file that proves a closed exam without the controller; check it with: exam verify')
    .argument('<id>', 'exam id', examId)
    .requiredOption('-o, --out <file>', 'the new file')
    .action((id: string, { out }: { out: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        await ports.createFile(out, await session.client.examProof(id));
        session.result(
          { exam_id: id, file: out },
          () => `${out}: check it with: meshctl exam verify ${out}\n`,
        );
      }),
    );
}

function addPoolCommands(exam: Command, ports: Ports): void {
  exam
    .command('load')
    .description(
      'load a sealed pool: its root is logged now, and its items stay secret until they are used up',
    )
    .argument('<file>', 'a suite with pool: NAME and uses: NUMBER, YAML or JSON')
    .requiredOption(...REASON_OPTION)
    .action((file: string, { reason }: { reason: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        const text = ports.readDocument(file, MAX_POOL_BYTES);
        session.result(await session.client.loadPool({ text, reason }), renderPool);
      }),
    );
  exam
    .command('pools')
    .description('the pools that were loaded, and how much of them is left')
    .action(
      asking(
        ports,
        (client) => client.pools(),
        ({ pools }) => renderPools(pools),
      ),
    );
  exam
    .command('opened')
    .description('the items of a pool that are used up, with their salts and proofs')
    .argument('<pool>', 'name of the pool', poolName)
    .action((pool: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.openedItems(pool), renderOpened);
      }),
    );
  exam
    .command('withdraw')
    .description('draw no more exams from the pool that is in use under this name')
    .argument('<pool>', 'name of the pool', poolName)
    .requiredOption(...REASON_OPTION)
    .action((pool: string, { reason }: { reason: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.withdrawPool(pool, reason), renderPool);
      }),
    );
}

function renderPools(pools: readonly PoolSummary[]): string {
  if (pools.length === 0) return 'there is no pool; load one with: meshctl exam load FILE --reason TEXT\n';
  return renderTable(
    ['POOL', 'STATE', 'ITEMS', 'LEFT', 'USES', 'LOADED', 'SUITE'],
    pools.map((pool) => [
      pool.pool,
      pool.state,
      String(pool.items),
      String(pool.items - pool.retired),
      String(pool.uses),
      pool.loaded_at,
      `${pool.suite} ${pool.version}`,
    ]),
  );
}

function renderPool(pool: PoolSummary): string {
  return renderFields([
    ['pool', pool.pool],
    ['state', pool.state],
    ['suite', `${pool.suite} ${pool.version}`],
    ['root', pool.root],
    ['items', `${pool.items}, with ${pool.pairs} paraphrased`],
    ['left', String(pool.items - pool.retired)],
    ['uses', `${pool.uses} exams an item`],
    ['loaded', pool.loaded_at],
  ]);
}

function renderOpened({ pool, root, size, log_index: index, items }: OpenedItems): string {
  const fields = renderFields([
    ['pool', pool],
    ['root', `${root} (entry ${index} of the log)`],
    ['opened', `${items.length} of ${size}`],
  ]);
  if (items.length === 0) return fields;
  return `${fields}\n${renderTable(
    ['INDEX', 'ITEM'],
    items.map((item) => [String(item.index), JSON.stringify(item.item)]),
  )}`;
}

function renderExams(exams: readonly ExamSummary[]): string {
  if (exams.length === 0)
    return 'there was no exam yet; a policy with a block exams and a pool of its name bring them\n';
  return renderTable(
    ['EXAM', 'NODE', 'EPOCH', 'STATE', 'ENDS', 'ANSWERED', 'OUTCOME'],
    exams.map((exam) => [
      exam.exam_id,
      exam.node_id,
      String(exam.epoch_id),
      exam.state,
      exam.ends_at,
      `${exam.examiners.filter(({ state }) => state === 'answered').length} of ${exam.examiners.length}`,
      exam.verdict?.sentence ?? '-',
    ]),
  );
}

function renderExam(exam: ExamSummary): string {
  const fields = renderFields([
    ['exam', exam.exam_id],
    ['node', exam.node_id],
    ['epoch', String(exam.epoch_id)],
    ['pool', exam.pool],
    ['state', exam.state],
    ['began', exam.starts_at],
    ['ends', exam.ends_at],
    ['closed', exam.closed_at ?? '-'],
    ['outcome', exam.verdict?.sentence ?? '-'],
  ]);
  const examiners = renderTable(
    ['EXAMINER', 'STATE', 'SCORE', 'ITEMS', ''],
    exam.examiners.map((examiner) => [
      examiner.node_id,
      examiner.state,
      examiner.score?.toFixed(3) ?? '-',
      examiner.items === undefined ? '-' : String(examiner.items),
      examiner.outvoted ? 'outvoted' : '',
    ]),
  );
  return `${fields}\n${examiners}`;
}
