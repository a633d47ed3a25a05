// Draws exams when an epoch has come into force, and closes each when its time is over or when nothing is
// missing. What is open and what was drawn is in the database, so a new process goes on where the one before
// stopped.

import { type Clock, LogField, type Logger, type Timers } from '@mesh/host';
import {
  type CommandContext,
  closeExam,
  drawExams,
  type ExamChallenge,
  examsToClose,
  type MeshEvent,
  type MeshView,
  nextExamEndMs,
  nodesDueForExam,
} from '@mesh/membership';
import type { EpochId, MeshId, NodeId } from '@mesh/primitives';
import type { Judge } from '../judge/judge.ts';
import type { LogHead } from '../store/log-writer.ts';
import { drawWith, newChallenge } from './draw-exam.ts';
import { WallClockAlarm } from './wall-clock-alarm.ts';

const LONGEST_WAIT_MS = 10_000;
/** How long until what the disk refused is tried again. */
const RETRY_MS = 1_000;
/** How many exams are drawn in one transaction, or closed at once: some milliseconds. */
const AT_ONCE = 32;

export interface ExamWatchOptions {
  readonly meshId: MeshId;
  readonly view: MeshView;
  readonly context: () => CommandContext;
  readonly judge: Pick<Judge, 'run'>;
  /** The newest head of the log that everybody is shown. */
  readonly head: () => LogHead;
  /** The places of the entries that fixed a challenge. */
  readonly entriesOf: (challengeSha256: string) => readonly number[];
  readonly arePeers: (oneClass: string, otherClass: string) => boolean;
  /** Called when a node has other exams as an examiner. */
  readonly onAssigned: (examiner: NodeId) => void;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class ExamWatch {
  readonly #options: ExamWatchOptions;
  readonly #alarm: WallClockAlarm;
  #drawing: Promise<void> = Promise.resolve();
  #isClosing = false;
  #isClosed = false;

  constructor(options: ExamWatchOptions) {
    this.#options = options;
    const { clock, timers } = options;
    this.#alarm = new WallClockAlarm(
      { clock, timers, longestWaitMs: LONGEST_WAIT_MS, background: true },
      () => void this.#closeDue(),
    );
  }

  start(): void {
    this.#arm();
  }

  /** Call it when an epoch has come into force. Resolves when its exams are drawn, or could not be. */
  cameIntoForce(epochId: EpochId): Promise<void> {
    this.#drawing = this.#drawing.then(() => this.#drawAll(epochId));
    return this.#drawing;
  }

  /** Call it after each commit. */
  onCommit(events: readonly MeshEvent[]): void {
    const { view, onAssigned } = this.#options;
    let isNews = false;
    for (const event of events) {
      if (event.type === 'exam_result') isNews = true;
      if (event.type !== 'exam_drawn' && event.type !== 'exam_closed') continue;
      isNews = true;
      const { assignments } = event.type === 'exam_drawn' ? event.exam : event;
      for (const { examiner } of assignments) if (view.node(examiner) !== undefined) onAssigned(examiner);
    }
    if (isNews) void this.#closeDue();
  }

  close(): void {
    this.#isClosed = true;
    this.#alarm.close();
  }

  #arm(leastMs = 0): void {
    this.#alarm.set(nextExamEndMs(this.#options.view), leastMs);
  }

  async #drawAll(epochId: EpochId): Promise<void> {
    const { view, context, logger } = this.#options;
    try {
      const due = nodesDueForExam(view, context(), epochId);
      for (let from = 0; from < due.length && !this.#isClosed; from += AT_ONCE)
        await this.#draw(epochId, due.slice(from, from + AT_ONCE));
    } catch (error) {
      if (this.#isClosed) return;
      // Those that are left are due at the next epoch again.
      logger.error({ [LogField.error]: error, [LogField.epochId]: epochId }, 'exams could not be drawn');
    }
  }

  async #draw(epochId: EpochId, nodeIds: readonly NodeId[]): Promise<void> {
    const { meshId, judge, head, entriesOf, arePeers, randomBytes, clock } = this.#options;
    const { size, rootHash } = head();
    const isCovered = ({ sha256 }: ExamChallenge): boolean => {
      const [fixedAt] = entriesOf(sha256);
      return fixedAt !== undefined && fixedAt < size;
    };
    await judge.run(
      drawExams({
        epochId,
        startsAtMs: Math.floor(clock.nowMs()),
        head: { size, rootHash },
        challenges: new Map(nodeIds.map((nodeId) => [nodeId, newChallenge(randomBytes)])),
        isCovered,
        arePeers,
        draw: drawWith(meshId),
      }),
    );
  }

  async #closeDue(): Promise<void> {
    if (this.#isClosing || this.#isClosed) return;
    const { view, judge, clock, logger } = this.#options;
    const due = examsToClose(view, Math.floor(clock.nowMs()));
    if (due.length === 0) {
      this.#arm();
      return;
    }
    this.#isClosing = true;
    let waitMs = 0;
    try {
      for (let from = 0; from < due.length && !this.#isClosed; from += AT_ONCE)
        await Promise.all(due.slice(from, from + AT_ONCE).map((examId) => judge.run(closeExam(examId))));
    } catch (error) {
      if (this.#isClosed) return;
      logger.error({ [LogField.error]: error }, 'an exam could not be closed yet');
      waitMs = RETRY_MS;
    } finally {
      this.#isClosing = false;
    }
    this.#arm(waitMs);
  }
}
