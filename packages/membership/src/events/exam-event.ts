// What happens in exams, and the log entries of it. Items, salts and challenges are secret when the event
// happens: entries hold their hashes. What an exam has shown of a node is erasable, as its results are.
//
// Everybody may read the log, the examined node too. So no entry says whom an exam is about before it is
// closed: they name the exam alone, whose id nobody can compute without its challenge. An exam is not named
// with the hash of its challenge either, because that was promised to the node by name.

import {
  canonicalJson,
  defined,
  type EpochId,
  formatRfc3339,
  type JsonValue,
  type NodeId,
  portableSha256,
  type Sha256Hex,
  sha256Hex,
  utf8,
} from '@mesh/primitives';
import type { ClosedExam, ExamEvidence } from '@mesh/scoring';
import { type Actor, causeFields } from './actor.ts';
import type {
  ExamAssignment,
  ExamCancellation,
  ExamChallenge,
  ExamGrade,
  ExaminerList,
  ExamPool,
  OpenExam,
} from './exams.ts';

export type ExamEvent =
  | {
      readonly type: 'exam_pool_loaded';
      /** Only the name, the root and the numbers are in the log. */
      readonly pool: ExamPool;
      readonly why: string;
      readonly actor: Actor;
    }
  /** No exam is drawn from it any more. */
  | {
      readonly type: 'exam_pool_withdrawn';
      readonly pool: string;
      readonly root: string;
      readonly why: string;
      readonly actor: Actor;
    }
  /** They have been used as often as they may be, and are drawn no more. */
  | {
      readonly type: 'exam_items_retired';
      readonly pool: string;
      readonly root: string;
      readonly indices: readonly number[];
    }
  /**
   * The challenge of a node's first exam is fixed, or that of its next one anew, after a restore. Those of
   * the others are fixed by the exam before.
   */
  | {
      readonly type: 'exam_promised';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly next: ExamChallenge;
    }
  | {
      readonly type: 'exam_drawn';
      readonly epochId: EpochId;
      readonly exam: OpenExam;
      /**
       * All who could have been drawn as examiners of the node's class, sorted; the node itself may be among
       * them.
       */
      readonly eligible: ExaminerList;
      /** The challenge of the node's next exam. */
      readonly next: ExamChallenge;
    }
  /** An examiner has fixed what it was answered. From here on it may know how the answers are graded. */
  | {
      readonly type: 'exam_committed';
      readonly examId: string;
      readonly examiner: NodeId;
      readonly transcriptSha256: Sha256Hex;
      readonly messageSha256: Sha256Hex;
    }
  | {
      readonly type: 'exam_result';
      readonly examId: string;
      readonly examiner: NodeId;
      readonly transcriptSha256: Sha256Hex;
      readonly grades: readonly ExamGrade[];
      readonly messageSha256: Sha256Hex;
      /** The message as it was received. It is stored beside the entry's details, and erased with them. */
      readonly signedBody?: Uint8Array | undefined;
    }
  | {
      readonly type: 'exam_closed';
      readonly nodeId: NodeId;
      readonly epochId: EpochId;
      readonly examId: string;
      /** Hex. From here on everybody can re-run the draw. */
      readonly challenge: string;
      /** Who examined the node. */
      readonly assignments: readonly Pick<ExamAssignment, 'examiner'>[];
      readonly result: ClosedExam;
      /** The examiners whose results do not count. */
      readonly outvoted: readonly NodeId[];
      /** What decisions read from here on; undefined: the exam has shown nothing. */
      readonly evidence: ExamEvidence | undefined;
      /** Present: nothing that was answered counts. */
      readonly cancelled?: ExamCancellation;
    }
  /** The node is no examiner any more, because the others have outvoted it. */
  | {
      readonly type: 'examiner_suspended';
      readonly nodeId: NodeId;
      readonly examId: string;
      /** In the exams of how many nodes, since it was last restored. */
      readonly outvoted: number;
    }
  | {
      readonly type: 'examiner_restored';
      readonly nodeId: NodeId;
      readonly why: string;
      readonly actor: Actor;
    };

const TYPES: ReadonlySet<string> = new Set([
  'exam_pool_loaded',
  'exam_pool_withdrawn',
  'exam_items_retired',
  'exam_promised',
  'exam_drawn',
  'exam_committed',
  'exam_result',
  'exam_closed',
  'examiner_suspended',
  'examiner_restored',
] satisfies ExamEvent['type'][]);

export function isExamEvent(event: { readonly type: string }): event is ExamEvent {
  return TYPES.has(event.type);
}

type Fields = { readonly [name: string]: JsonValue };
const both = (data: Fields, details?: Fields) => ({ data, details });

/** What an entry shows, and what it only commits to. */
export function examLogEntry(event: ExamEvent): ReturnType<typeof both> {
  switch (event.type) {
    case 'exam_pool_loaded': {
      const { name, root, uses, items, pairs } = event.pool;
      return both({
        ...{ pool: name, root, uses, items: items.length, pairs: pairs.map((pair) => [...pair]) },
        ...causeFields(event),
      });
    }
    case 'exam_pool_withdrawn':
      return both({ pool: event.pool, root: event.root, ...causeFields(event) });
    case 'exam_items_retired':
      return both({ pool: event.pool, root: event.root, indices: [...event.indices] });
    case 'exam_promised':
      return both({ challenge_sha256: event.next.sha256 });
    case 'exam_drawn':
      return both(drawnData(event));
    case 'exam_committed':
      return both(messageData(event));
    case 'exam_result':
      return both(messageData(event), { grades: event.grades.map(gradeFields) });
    case 'exam_closed': {
      const { examId, challenge, result, outvoted, evidence, cancelled } = event;
      return both(
        {
          exam_id: examId,
          challenge,
          results: result.examiners,
          outvoted: [...outvoted],
          disagree: result.disagree,
          ...defined({ cancelled }),
        },
        { exam: plain(result), evidence: evidence === undefined ? null : plain(evidence) },
      );
    }
    case 'examiner_suspended':
      return both({ exam_id: event.examId, outvoted: event.outvoted });
    case 'examiner_restored':
      return both(causeFields(event));
    default:
      return event satisfies never;
  }
}

function drawnData({ exam, next }: Extract<ExamEvent, { type: 'exam_drawn' }>): Fields {
  return {
    exam_id: exam.examId,
    pool: exam.pool,
    root: exam.root,
    head: { size: exam.head.size, root_hash: exam.head.rootHash },
    eligible_commitment: commitmentTo(exam),
    live_sha256: exam.liveSha256,
    examiners: exam.asked.examiners,
    asks: exam.asked.items,
    starts_at: formatRfc3339(exam.startsAtMs),
    ends_at: formatRfc3339(exam.endsAtMs),
    next_challenge_sha256: next.sha256,
  };
}

function messageData(event: Extract<ExamEvent, { type: 'exam_committed' | 'exam_result' }>): Fields {
  return {
    exam_id: event.examId,
    examiner: event.examiner,
    transcript_sha256: event.transcriptSha256,
    message_sha256: event.messageSha256,
  };
}

/** As the examiner's message has them. */
function gradeFields({ index, score, latencyMs, problem }: ExamGrade): Fields {
  return { index, score, ...defined({ latency_ms: latencyMs, problem }) };
}

/**
 * What commits to who could have been drawn, and hides it: the list tells the node's class. SHA-256 of the
 * canonical JSON of the challenge and of the digest of the list.
 */
function commitmentTo({ challenge, eligibleSha256 }: OpenExam): Sha256Hex {
  const committed = { challenge: challenge.challenge, eligible_sha256: eligibleSha256 };
  return sha256Hex(portableSha256(utf8(canonicalJson(committed))));
}

/** As JSON has it: what is undefined is left out. */
const plain = (value: object): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
