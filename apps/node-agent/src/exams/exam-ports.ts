// What taking an exam needs from the rest of the agent.

import type { Logger, Timers } from '@mesh/host';
import type { NodeClient, Sign } from '@mesh/protocol';
import type { RecordEvent } from '../events/agent-events.ts';
import type { Enrolment } from '../identity/enrolment-file.ts';
import type { ExamProcess } from '../measure/sources/exam-process.ts';
import type { ExamFolder } from './exam-folder.ts';
import type { LookAtTunnel } from './exam-tunnel.ts';
import type { QuestionGate } from './question-gate.ts';

/** What the settings give an examiner. */
export interface ExaminerParts {
  /** Asks and grades in a process without privileges. */
  readonly child: ExamProcess;
  readonly folder: ExamFolder;
  /** How many processes ask or grade at a time. */
  readonly concurrency: number;
  /** The time limit of one question. */
  readonly timeoutMs: number;
  /** The time limit of matching one pattern. */
  readonly regexTimeoutMs: number;
}

export interface ExamPorts extends Omit<ExaminerParts, 'concurrency' | 'folder'> {
  readonly gate: QuestionGate;
  readonly lookAtTunnel: LookAtTunnel;
  readonly client: Pick<NodeClient, 'commitExam' | 'answerExam'>;
  readonly enrolment: () => Pick<Enrolment, 'mesh_id' | 'node_id'>;
  readonly sign: Sign;
  /** The controller's. */
  readonly clock: { nowMs(): number };
  readonly timers: Timers;
  readonly random: () => number;
  readonly record: RecordEvent;
  readonly logger: Logger;
}
