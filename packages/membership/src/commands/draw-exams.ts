// Draws exams at the opening of an epoch: who examines the nodes that are due, and with which items.
// Everything that a draw depends on is in the log before or with it, so that nobody can choose, and everybody
// can draw again once the exam is closed.

import {
  canonicalJson,
  defined,
  type EpochId,
  type NodeId,
  portableSha256,
  sha256Hex,
  utf8,
} from '@mesh/primitives';
import { MAX_OPEN_ASSIGNMENTS } from '@mesh/protocol';
import { type ExamRule, isExamined } from '@mesh/scoring';
import { isExamDue } from '../epochs/exam-due.ts';
import type { ExamChallenge, ExamHead, ExaminerList, OpenExam } from '../events/exams.ts';
import type { MeshEvent } from '../events/mesh-event.ts';
import { EligibleExaminers } from '../peering/eligible-examiners.ts';
import { applyEvent } from '../state/apply-event.ts';
import type { ExamPoolRecord, NodeExams } from '../state/exams.ts';
import { poolInUse } from '../state/exams-view.ts';
import { MeshDraft } from '../state/mesh-draft.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord } from '../state/records.ts';
import { type Command, type CommandContext, done } from './outcome.ts';

/** On average. So chance gives none of them more than it may have open. */
const OPEN_PER_EXAMINER = MAX_OPEN_ASSIGNMENTS / 2;

/** What a draw is made from. */
export interface ExamSeed {
  readonly pool: ExamPoolRecord;
  /** The indices of the items that are not retired, ascending. */
  readonly live: readonly number[];
  readonly challenge: ExamChallenge;
  readonly head: ExamHead;
  readonly nodeId: NodeId;
  readonly epochId: EpochId;
  readonly rule: ExamRule;
  /** All who may examine nodes of its class, itself perhaps among them. */
  readonly eligible: ExaminerList;
}

/** A pure function. @returns undefined if nobody or nothing can be drawn */
export type DrawExam = (seed: ExamSeed) => Pick<OpenExam, 'examId' | 'assignments'> | undefined;

export interface ExamDraws {
  /** The newest epoch. */
  readonly epochId: EpochId;
  readonly startsAtMs: number;
  /** The newest head of the log that counts; undefined: there is none, and no exam is drawn. */
  readonly head: ExamHead | undefined;
  /** The nodes to look at, each with the challenge of the exam after the one that is drawn now. */
  readonly challenges: ReadonlyMap<NodeId, ExamChallenge>;
  /** Whether the head covers the entry that fixed a challenge, so that the head was not known before it. */
  readonly isCovered: (challenge: ExamChallenge) => boolean;
  readonly arePeers: (oneClass: string, otherClass: string) => boolean;
  readonly draw: DrawExam;
}

/** Fixes the first challenge of nodes that have none, and draws an exam for those that are due. */
export function drawExams(draws: ExamDraws): Command {
  return (view, context) => {
    const { exams: rule } = context.policy;
    if (rule === undefined) return done([]);
    const draft = new MeshDraft(view);
    const examiners = new EligibleExaminers(view, context.policy, draws.arePeers);
    const events: MeshEvent[] = [];
    let open = [...view.exams().open()].length;
    for (const [nodeId, next] of draws.challenges) {
      const node = draft.node(nodeId);
      if (node === undefined || !canBeExamined(node, context)) continue;
      const made =
        node.exams === undefined
          ? [{ type: 'exam_promised', nodeId, epochId: draws.epochId, next } as const]
          : drawOne(draft, { draws, rule, next, examiners, open }, node, node.exams);
      for (const event of made) applyEvent(draft, event, context.nowMs, context.policy);
      events.push(...made);
      if (made.some(({ type }) => type === 'exam_drawn')) open += 1;
    }
    return done(events);
  };
}

/** The nodes for which {@link drawExams} would do something at the opening of this epoch. */
export function nodesDueForExam(view: MeshView, context: CommandContext, epochId: EpochId): NodeId[] {
  const { exams: rule } = context.policy;
  if (rule === undefined || poolInUse(view.exams(), rule.pool) === undefined) return [];
  const due: NodeId[] = [];
  for (const node of view.nodes())
    if (canBeExamined(node, context) && isDue(view, node, epochId, rule)) due.push(node.nodeId);
  return due;
}

function isDue(view: MeshView, { nodeId, exams }: NodeRecord, epochId: EpochId, rule: ExamRule): boolean {
  if (exams === undefined) return true;
  return isExamDue(exams, epochId, rule.everyEpochs) && view.exams().ofNode(nodeId) === undefined;
}

/** A node that is not in is examined as long as it measures itself: otherwise nobody may be there to ask. */
function canBeExamined(node: NodeRecord, { policy, nowMs }: CommandContext): boolean {
  const { status, left, latest, membership } = node;
  if (status !== 'active' || left || latest === undefined || !isExamined(policy, node.class)) return false;
  return membership === 'admitted' || nowMs - latest.arrivedAtMs <= policy.maxBenchmarkAgeMs;
}

interface Drawing {
  readonly draws: ExamDraws;
  readonly rule: ExamRule;
  readonly next: ExamChallenge;
  readonly examiners: EligibleExaminers;
  /** How many exams are open. */
  readonly open: number;
}

function drawOne(draft: MeshDraft, drawing: Drawing, node: NodeRecord, exams: NodeExams): MeshEvent[] {
  const { draws, rule, next, examiners, open } = drawing;
  const { epochId, head, startsAtMs, isCovered } = draws;
  const challenge = exams.next;
  const pool = poolInUse(draft.exams(), rule.pool);
  if (pool === undefined || head === undefined || !isCovered(challenge)) return [];
  if (!isDue(draft, node, epochId, rule)) return [];
  const { nodeId } = node;
  const eligible = examiners.of(node.class);
  // The node stays due: it is drawn when some of the others are closed.
  if ((open + 1) * rule.examiners > eligible.ids.length * OPEN_PER_EXAMINER) return [];
  const live = liveItemsOf(pool);
  const drawn = draws.draw({ pool, live, challenge, head, nodeId, epochId, rule, eligible });
  if (drawn === undefined) return [];
  const { port, path, api, model } = rule.service;
  const exam: OpenExam = {
    ...drawn,
    ...{ nodeId, epochId, pool: pool.name, root: pool.root, challenge, head },
    eligibleSha256: eligible.sha256,
    liveSha256: sha256Hex(portableSha256(utf8(canonicalJson(live)))),
    asked: { examiners: rule.examiners, items: rule.items },
    service: { port, path, api, ...defined({ model }) },
    startsAtMs,
    endsAtMs: startsAtMs + rule.answerWithinMs,
  };
  return [{ type: 'exam_drawn', epochId, exam, eligible, next }, ...retirementBy(pool, exam)];
}

function liveItemsOf({ items, retired }: ExamPoolRecord): number[] {
  const gone = new Set(retired);
  return items.map(({ index }) => index).filter((index) => !gone.has(index));
}

/** The items that this exam uses for the last time. None of them is in a later draw. */
function retirementBy(pool: ExamPoolRecord, { assignments }: OpenExam): MeshEvent[] {
  const asked = [...new Set(assignments.flatMap(({ items }) => items))].sort((a, b) => a - b);
  const indices = asked.filter((index) => (pool.used[index] ?? 0) + 1 >= pool.uses);
  if (indices.length === 0) return [];
  return [{ type: 'exam_items_retired', pool: pool.name, root: pool.root, indices }];
}
