// An examiner with a real folder and a real connection to the fake controller. What asks and grades runs in
// this process, unless the test wants the real one. Its tunnel is what the test says.

import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { systemClock, systemTimers, type Timers } from '@mesh/host';
import type { ExamAssignment } from '@mesh/protocol';
import { onTestFinished } from 'vitest';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { ExamFolder } from '../../src/exams/exam-folder.ts';
import type { ExamTunnel, NoTunnel } from '../../src/exams/exam-tunnel.ts';
import { Examiner, type ExaminerPorts } from '../../src/exams/examiner.ts';
import { QuestionGate } from '../../src/exams/question-gate.ts';
import { askExamined } from '../../src/measure/child/ask-examined.ts';
import { gradeAnswers } from '../../src/measure/child/grade-answers.ts';
import { createRegexMatcher } from '../../src/measure/child/regex-matcher.ts';
import { createExamProcess, type ExamProcess } from '../../src/measure/sources/exam-process.ts';
import { enrolledMember, random32, silent, startController } from './agent-fixtures.ts';
import { ExamDesk } from './exam-desk.ts';
import { measuringProgram, nobody } from './measure-fixtures.ts';
import { publicKeyOf } from './plan-fixtures.ts';

/** A chat service at `host`, which answers each prompt; `undefined`: with HTTP 500. */
export async function chatService(answer: (prompt: string) => string | undefined, host = '127.0.0.1') {
  const asked: string[] = [];
  const addresses: (string | undefined)[] = [];
  const listener: RequestListener = async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { messages } = JSON.parse(text) as { messages: { content: string }[] };
    const prompt = messages.at(-1)?.content ?? '';
    asked.push(prompt);
    addresses.push(request.socket.remoteAddress);
    const content = answer(prompt);
    if (content === undefined) response.writeHead(500).end();
    else response.end(JSON.stringify({ choices: [{ message: { content } }] }));
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, asked, addresses };
}

/** Timers that make waits of the examiner short, and leave time limits alone. */
const briskTimers: Timers = {
  setTimer: (delayMs, fn, options) =>
    systemTimers.setTimer(delayMs < 14_000 || delayMs > 80_000 ? Math.min(delayMs, 5) : delayMs, fn, options),
};

/** A tunnel that receives something between any two looks. */
export function workingTunnel(): () => ExamTunnel {
  let rxBytes = 0;
  return () => {
    rxBytes += 1;
    return { kind: 'up', localAddress: '127.0.0.1', publicKey: publicKeyOf('a'), rxBytes };
  };
}

export const realProcess = () =>
  createExamProcess({
    runMs: 60_000,
    runAs: nobody,
    timers: systemTimers,
    logger: silent,
    program: measuringProgram(),
  });

const PORTS = { timers: systemTimers, monotonicMs: () => performance.now() };

/** What the process does, without a process. */
export const inThisProcess: ExamProcess = {
  ask: async (question, signal) => {
    signal.throwIfAborted();
    return askExamined({ kind: 'question', ...question }, PORTS).then(
      (answered) => ({ kind: 'answer', ...answered }),
      (error: Error) => ({ kind: 'failure', message: error.message }),
    );
  },
  grade: (answers, limits) =>
    gradeAnswers(
      { kind: 'grading', answers, ...limits },
      { ...PORTS, matchRegex: createRegexMatcher(systemTimers, limits.regexTimeoutMs) },
    ),
};

export interface ExaminerSetting {
  readonly exams: readonly ExamAssignment[];
  readonly tunnel?: () => ExamTunnel | NoTunnel;
  readonly changes?: Partial<ExaminerPorts>;
}

export async function examinerAt({ exams, tunnel = workingTunnel(), changes = {} }: ExaminerSetting) {
  const controller = await startController();
  const member = await enrolledMember(controller);
  const desk = new ExamDesk(controller, exams);
  controller.onNodeRequest = (request) => desk.answer(request) ?? { status: 404 };
  const events: AgentEvent[] = [];
  const path = join(member.dir.path, 'exams');
  const ports: ExaminerPorts = {
    child: inThisProcess,
    folder: new ExamFolder({ path, randomBytes: random32 }),
    gate: new QuestionGate(4),
    lookAtTunnel: async () => tunnel(),
    client: member.channel.client,
    enrolment: () => member.enrolment,
    sign: member.keys.identity.sign,
    clock: systemClock,
    timers: briskTimers,
    random: () => 0.5,
    timeoutMs: 20_000,
    regexTimeoutMs: 1_000,
    record: (event) => void events.push(event),
    logger: silent,
    ...changes,
  };
  /** Starts an examiner, again after an earlier one was ended: both have the same folder. */
  const start = (more: Partial<ExaminerPorts> = {}) => {
    const examiner = new Examiner({ ...ports, ...more });
    const stop = new AbortController();
    const done = examiner.run(stop.signal);
    const end = () => {
      stop.abort(new Error('the agent stops'));
      return done;
    };
    onTestFinished(end);
    examiner.named(exams.map(({ exam_id: id }) => id));
    return { examiner, end };
  };
  const types = () => events.map(({ type }) => type);
  return { controller, desk, events, types, start, path };
}
