// What a controller does with the exams of one examiner: it tells its assignments, takes one commitment and
// one result for each, and checks both as a real one does.

import { decodeBase64 } from '@mesh/primitives';
import {
  type ExamAssignment,
  type ExamCommitment,
  type ExamGrading,
  type ExamResult,
  examCommitment,
  examResult,
  problem,
  verifyMessage,
} from '@mesh/protocol';
import { type Answer, refusal } from './fake-answers.ts';
import type { FakeController, NodeRequest } from './fake-controller.ts';

export const EXAM_ID = 'ab'.repeat(16);

/** An exam of node `a` with these prompts, whose answers must contain `yes`. */
export function assignmentOf(
  prompts: readonly string[],
  port: number,
  changes: Partial<ExamAssignment> = {},
): ExamAssignment {
  return {
    exam_id: EXAM_ID,
    epoch_id: 4 as ExamAssignment['epoch_id'],
    examined: 'a' as ExamAssignment['examined'],
    service: { address: '127.0.0.1', port, path: '/v1/chat/completions', api: 'openai' },
    items: prompts.map((prompt, at) => ({ index: at * 10, prompt })),
    starts_at: new Date(Date.now() - 1_000).toISOString(),
    ends_at: new Date(Date.now() + 600_000).toISOString(),
    ...changes,
  };
}

export const containsYes = { type: 'contains', value: 'yes', ignoreCase: true, weight: 1 };

export class ExamDesk {
  exams: readonly ExamAssignment[];
  /** How every item is graded. */
  assert: ExamGrading['grading'][number]['assert'] = [containsYes];
  /** Answers to requests with this path end in place of the usual ones. */
  readonly instead = new Map<string, () => Answer>();
  /** Called when a commitment was taken, before it is answered. */
  afterCommitment: () => void = () => undefined;
  readonly commitments: ExamCommitment[] = [];
  readonly results: ExamResult[] = [];
  /** How often the assignments were asked for. */
  fetched = 0;
  readonly #controller: FakeController;

  constructor(controller: FakeController, exams: readonly ExamAssignment[]) {
    this.#controller = controller;
    this.exams = exams;
  }

  /** @returns undefined for a request about something else */
  answer(request: NodeRequest): Answer | undefined {
    if (!request.path.startsWith('/v1/exams/self')) return undefined;
    const what = request.path.slice('/v1/exams/self'.length);
    const instead = this.instead.get(what);
    if (instead !== undefined) return instead();
    if (what === '') {
      this.fetched += 1;
      return { status: 200, body: { exams: this.exams } };
    }
    return what === '/commitment' ? this.#commit(request.body) : this.#take(request.body);
  }

  #commit(body: unknown): Answer {
    const message = examCommitment.parse(body);
    if (!this.#isSigned('exam_commitment', body)) return wrong('bad_signature');
    const before = this.commitments.find(({ exam_id: id }) => id === message.exam_id);
    if (before !== undefined && before.transcript_sha256 !== message.transcript_sha256)
      return wrong('state_conflict');
    this.commitments.push(message);
    this.afterCommitment();
    const items = this.exams.find(({ exam_id: id }) => id === message.exam_id)?.items ?? [];
    const grading = items.map(({ index }) => ({ index, dimension: 'd', weight: 1, assert: this.assert }));
    return { status: 200, body: { grading } };
  }

  #take(body: unknown): Answer {
    const message = examResult.parse(body);
    if (!this.#isSigned('exam_result', body)) return wrong('bad_signature');
    const { exam_id: id, transcript_sha256: digest } = message;
    const isCommitted = this.commitments.some(
      (commitment) => commitment.exam_id === id && commitment.transcript_sha256 === digest,
    );
    if (!isCommitted || this.results.some(({ exam_id: taken }) => taken === id))
      return wrong('state_conflict');
    this.results.push(message);
    return { status: 200, body: { status: 'received' } };
  }

  #isSigned(kind: 'exam_commitment' | 'exam_result', body: unknown): boolean {
    const key = decodeBase64(this.#controller.enrolments[0]?.identity_key ?? '');
    return verifyMessage(kind, body as object, key);
  }
}

const wrong = (code: 'bad_signature' | 'state_conflict') => refusal(problem(code, 'refused by the test'));
