// This node as an examiner: takes the exams that the controller has assigned to it, all that are open at
// once.

import { LogField, Nap } from '@mesh/host';
import type { NodeClient } from '@mesh/protocol';
import { messageOf } from '../errors/agent-error.ts';
import { backoffMs } from '../uplink/channel/backoff.ts';
import { type AssignedExam, readAssignment } from './assigned-exam.ts';
import type { ExamFolder } from './exam-folder.ts';
import type { ExamPorts } from './exam-ports.ts';
import { ExamProgress } from './exam-progress.ts';
import { troubleOf } from './exam-trouble.ts';
import { limitedRequest } from './limited-request.ts';
import { takeExam } from './take-exam.ts';

export interface ExaminerPorts extends ExamPorts {
  readonly folder: ExamFolder;
  readonly client: ExamPorts['client'] & Pick<NodeClient, 'examAssignments'>;
}

interface Running {
  readonly progress: ExamProgress;
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

const BACKOFF = { firstMs: 1_000, maxMs: 60_000 };
/** The controller may tell some assignments only when others are done. */
const ASK_AGAIN_MS = 30_000;
/** How many exams that are over the status shows. */
const SHOWN = 10;

export class Examiner {
  readonly #ports: ExaminerPorts;
  readonly #nap: Nap;
  /** What the controller has named as open. */
  #named: ReadonlySet<string> = new Set();
  readonly #running = new Map<string, Running>();
  /** Of those that are named: what this node is done with. */
  #over = new Set<string>();
  #recent: ExamProgress[] = [];

  constructor(ports: ExaminerPorts) {
    this.#ports = ports;
    this.#nap = new Nap(ports.timers);
  }

  /** Takes the ids of this node's open assignments. Exams that are not among them are ended. */
  named(examIds: readonly string[]): void {
    this.#named = new Set(examIds);
    this.#over = new Set([...this.#over].filter((examId) => this.#named.has(examId)));
    for (const [examId, { stop }] of this.#running) if (!this.#named.has(examId)) stop.abort(new Withdrawn());
    this.#nap.wake();
  }

  /** Those that are open, and the newest that are over. */
  progress(): readonly ExamProgress[] {
    return [...this.#recent, ...[...this.#running.values()].map(({ progress }) => progress)];
  }

  /** Takes exams until the signal aborts. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      this.#nap.arm();
      if (this.#waiting().length > 0) {
        try {
          await this.#fetch(signal);
          failures = 0;
        } catch (error) {
          if (signal.aborted) break;
          failures += 1;
          this.#warn(error, 'the assignments could not be fetched yet');
        }
      }
      await this.#nap.take(this.#waitMs(failures), signal);
    }
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #waitMs(failures: number): number {
    if (this.#waiting().length === 0) return Number.POSITIVE_INFINITY;
    return failures === 0 ? ASK_AGAIN_MS : backoffMs(failures, this.#ports.random(), BACKOFF);
  }

  #waiting(): string[] {
    return [...this.#named].filter((examId) => !this.#running.has(examId) && !this.#over.has(examId));
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const { client, folder, timers } = this.#ports;
    const { exams } = await limitedRequest(timers, signal, (within) => client.examAssignments(within));
    const waiting = new Set(this.#waiting());
    for (const assignment of exams)
      if (waiting.has(assignment.exam_id)) this.#start(readAssignment(assignment), signal);
    await folder
      .prune(this.#named)
      .catch((error: unknown) => this.#warn(error, 'old transcripts of exams could not be removed'));
  }

  #start(exam: AssignedExam, signal: AbortSignal): void {
    const progress = new ExamProgress(exam);
    const stop = new AbortController();
    const done = this.#take(progress, AbortSignal.any([signal, stop.signal])).then(() => {
      this.#running.delete(exam.examId);
      this.#recent = [...this.#recent, progress].slice(-SHOWN);
      this.#nap.wake();
    });
    this.#running.set(exam.examId, { progress, stop, done });
  }

  /** Never rejects. */
  async #take(progress: ExamProgress, signal: AbortSignal): Promise<void> {
    const { folder, record, logger } = this.#ports;
    const { examId, examined, items } = progress.exam;
    try {
      const file = await folder.open(examId);
      if (!file.isSent) {
        record({ type: 'exam_begun', examId, examined, items: items.length, asked: file.asked });
        await takeExam(progress, file, this.#ports, signal);
        const { unanswered } = file;
        record({ type: 'exam_result_sent', examId, examined, items: items.length, unanswered });
        logger.info({ [LogField.examId]: examId, [LogField.peerId]: examined }, 'exam result sent');
        // Without this note a later run would send the same result once more, which changes nothing.
        await file.sent().catch((error: unknown) => this.#warn(error, 'a sent exam could not be noted'));
      }
      progress.step = 'sent';
      this.#over.add(examId);
    } catch (error) {
      this.#ended(progress, error, signal);
    }
  }

  #ended(progress: ExamProgress, error: unknown, signal: AbortSignal): void {
    const { record, logger } = this.#ports;
    const { examId, examined } = progress.exam;
    progress.step = 'withdrawn';
    if (signal.aborted) return;
    const trouble = troubleOf(error);
    const { code, message } = trouble;
    progress.step = 'given_up';
    progress.trouble = trouble;
    this.#over.add(examId);
    record({ type: 'exam_given_up', examId, examined, code, message });
    logger.warn(
      {
        [LogField.examId]: examId,
        [LogField.peerId]: examined,
        [LogField.code]: code,
        [LogField.reason]: message,
      },
      'this node gives no result of an exam',
    );
  }

  #warn(error: unknown, what: string): void {
    this.#ports.logger.warn({ [LogField.error]: error, [LogField.reason]: messageOf(error) }, what);
  }
}

/** Why an exam is ended that the controller no longer names. */
class Withdrawn extends Error {
  override readonly name = 'Withdrawn';

  constructor() {
    super('the controller has closed the exam');
  }
}
