// Makes what examines other nodes.

import type { Engine } from '../engine/port/engine.ts';
import { createTunnelLook } from '../exams/exam-tunnel.ts';
import { Examiner } from '../exams/examiner.ts';
import { QuestionGate } from '../exams/question-gate.ts';
import type { ControlChannel } from '../uplink/channel/control-channel.ts';
import type { AgentParts } from './agent-parts.ts';
import type { AgentSignals } from './agent-signals.ts';

export interface ExaminerWiring {
  readonly channel: Pick<ControlChannel, 'client'>;
  readonly engine: Pick<Engine, 'snapshot' | 'tunnel'>;
  readonly signals: AgentSignals;
}

/** @returns undefined if this node takes no exams */
export function wireExaminer(
  parts: AgentParts,
  { channel, engine, signals }: ExaminerWiring,
): Examiner | undefined {
  if (parts.examiner === undefined) return undefined;
  const { keys, enrolment, controllerClock, timers, random, journal, logger } = parts;
  const { concurrency, ...rest } = parts.examiner;
  const examiner = new Examiner({
    ...rest,
    gate: new QuestionGate(concurrency),
    lookAtTunnel: createTunnelLook(engine),
    client: channel.client,
    enrolment: () => enrolment.current,
    sign: keys.identity.sign,
    clock: controllerClock,
    timers,
    random,
    record: journal.record,
    logger,
  });
  signals.examsNamed.listen((examIds) => examiner.named(examIds));
  return examiner;
}
