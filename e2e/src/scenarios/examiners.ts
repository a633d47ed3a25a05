// Examiners ask the services that others use. A node whose service answers well to its own benchmark and
// badly to everybody else is cut. An honest one stays. One examiner of three that lies is outvoted, named in
// the log, and loses the role.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mesh, PERSONAS, type Persona, within } from '@mesh/e2e';
import type { ExamSummary } from '@mesh/protocol';
import { inMesh, type Scenario } from '../scenario.ts';
import { serveChat } from './examiners/serve-chat.ts';

const EXAMINERS = ['truthful-1', 'truthful-2', 'liar'] as const;
const NODES = [...EXAMINERS, 'cheat', 'honest'] as const;
type Name = (typeof NODES)[number];
/** What the services that others use behave like. The cheat's own benchmark asks another one. */
const USED: Readonly<Record<'cheat' | 'honest', Persona>> = { cheat: 'misaligned', honest: 'aligned' };
const EPOCH_SECONDS = 5;
const SERVICE = 7_400;
const POOL = 'secrets';
/** How long an exam is open. Its questions are spread over most of it. */
const EXAM_SECONDS = 90;
/** Exams of the honest node that it has to come through. */
const EXAMS = 3;
const SUITE = join(import.meta.dirname, '../../../packages/harness/suites/default.yaml');

const POLICY = {
  minResultGapMs: 1_000,
  exams: {
    pool: POOL,
    service: { port: SERVICE },
    everyEpochs: 1,
    items: 20,
    examiners: EXAMINERS.length,
    agreeing: 2,
    agreeingFail: 'deny' as const,
    answerWithinMs: EXAM_SECONDS * 1_000,
  },
  classes: [{ name: 'examiner', examiner: true, examined: false }],
};

export const examinersScenario: Scenario = {
  about:
    'a node that answers well to its own benchmark alone is cut by its examiners, an honest one stays, and a lying examiner loses the role',
  mechanisms: {
    examining: {
      about: 'no node takes exams',
      agentSettings: { exams: { enabled: false } },
    },
    outvoting: {
      about: 'the results of an exam are not compared',
      controller: [
        {
          module: 'packages/scoring/src/exams/compare-examiners.ts',
          replacedBy: 'e2e/faults/examiners-not-compared.ts',
        },
      ],
    },
  },
  run: (run) =>
    inMesh<Name, { ok: boolean; measured: Record<string, unknown> }>(
      run,
      NODES,
      {
        epochSeconds: EPOCH_SECONDS,
        benchmarkSeconds: 5,
        services: ['cheat', 'honest'],
        policy: POLICY,
        classes: Object.fromEntries(EXAMINERS.map((name) => [name, 'examiner'])),
        agentFaults: {
          liar: [
            {
              module: 'apps/node-agent/src/exams/grade-exam.ts',
              replacedBy: 'e2e/faults/exams-graded-zero.ts',
            },
          ],
        },
      },
      async (mesh, lab) => {
        for (const [name, persona] of Object.entries(USED)) {
          const rules = join(mesh.workDir, name, 'used-rules.txt');
          writeFileSync(rules, PERSONAS[persona]);
          await serveChat(lab.node(name as Name), SERVICE, rules);
        }
        await mesh.admin.loadPool({ text: poolText(), reason: 'the scenario' });
        run.say('the pool is loaded; examiners begin to ask');
        const limitMs = (run.without === undefined ? 6 : 3) * EXAM_SECONDS * 1_000;
        const cut = await within('the cheat is cut', limitMs, () => denialOf(mesh, 'cheat')).catch(
          () => undefined,
        );
        run.say(cut === undefined ? 'the cheat was not cut' : `the cheat is cut: ${cut}`);
        const wanted = run.quick ? 1 : EXAMS;
        const exams = await within('the honest node comes through its exams', limitMs, async () => {
          const closed = await closedExams(mesh, 'honest');
          return closed.length >= wanted ? closed : undefined;
        }).catch(() => closedExams(mesh, 'honest'));
        const suspended = await suspendedExaminers(mesh);
        const honest = await mesh.admin.node('honest');
        const cheat = await mesh.admin.node('cheat');
        return {
          ok:
            cut === 'exam_failed' &&
            cheat.last_benchmark?.overall === 1 &&
            exams.length >= wanted &&
            exams.every(({ verdict }) => verdict?.outcome === 'passed') &&
            honest.membership === 'ALLOWED' &&
            (await denialOf(mesh, 'honest')) === undefined &&
            suspended.length === 1 &&
            suspended[0] === 'liar',
          measured: {
            cheat_denied_for: cut ?? null,
            cheat_of_itself: cheat.last_benchmark?.overall ?? null,
            said: cheat.reason,
            honest_membership: honest.membership,
            honest_exams: exams.map(({ verdict }) => verdict?.sentence ?? null),
            suspended_examiners: suspended,
          },
        };
      },
    ),
};

/** The example suite as a pool. */
function poolText(): string {
  return `${readFileSync(SUITE, 'utf8')}\npool: ${POOL}\nuses: 1000\n`;
}

/** The code of the reason for which the node was denied; undefined if it was not. */
async function denialOf(mesh: Mesh<Name>, name: Name): Promise<string | undefined> {
  const entries = await mesh.log();
  const denial = entries.find(({ entry }) => entry.type === 'node_denied' && entry.node_id === name);
  return denial === undefined
    ? undefined
    : String((denial.entry.data as { reason_code?: unknown }).reason_code);
}

async function suspendedExaminers(mesh: Mesh<Name>): Promise<string[]> {
  const entries = await mesh.log();
  return entries
    .filter(({ entry }) => entry.type === 'examiner_suspended')
    .map(({ entry }) => String(entry.node_id));
}

/** The closed exams of a node to which somebody answered. */
async function closedExams(mesh: Mesh<Name>, name: Name): Promise<ExamSummary[]> {
  const { exams } = await mesh.admin.exams();
  return exams.filter(
    ({ state, node_id, verdict }) =>
      state === 'closed' && String(node_id) === name && verdict !== undefined && verdict.outcome !== 'none',
  );
}
