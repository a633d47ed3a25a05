// Puts the items of an exam to the examined node's service, one after the other and spread over the time that
// there is. Each answer is on disk before the next question.

import { sleep } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { joinHostPort, parseIpAddress } from '@mesh/wg';
import type { AssignedExam, ExamItem, ItemAnswer } from './assigned-exam.ts';
import type { ExamFile } from './exam-folder.ts';
import { askUntilMs, gapMs } from './exam-pace.ts';
import type { ExamPorts } from './exam-ports.ts';
import type { ExamProgress } from './exam-progress.ts';
import { ExamTrouble, troubleOf } from './exam-trouble.ts';
import { hasWorked } from './exam-tunnel.ts';
import { persist } from './persist.ts';

/**
 * Asks what has no answer yet.
 *
 * @throws ExamTrouble when the time is over; the signal's reason if it aborts
 */
export async function askItems(
  progress: ExamProgress,
  file: ExamFile,
  ports: ExamPorts,
  signal: AbortSignal,
): Promise<void> {
  const { exam } = progress;
  const { clock, timers, random, timeoutMs } = ports;
  const untilMs = askUntilMs(exam);
  await sleep(timers, Math.max(0, exam.startsAtMs - clock.nowMs()), signal);
  const answers = { count: 0, tookMs: 0 };
  for (;;) {
    const left = exam.items.filter(({ index }) => !file.has(index));
    progress.asked = exam.items.length - left.length;
    const [next] = left;
    if (next === undefined) return;
    const leftMs = untilMs - clock.nowMs();
    if (leftMs <= 0) throw tooLate(left.length, exam.items.length);
    const usualMs = answers.count === 0 ? undefined : answers.tookMs / answers.count;
    const pace = { leftMs, count: left.length, longestMs: timeoutMs, usualMs };
    await sleep(timers, gapMs(pace, random()), signal);
    const askedAtMs = clock.nowMs();
    const ask = async () => file.add(await askOne(exam, next, ports, signal));
    await persist(ask, { untilMs, progress, troubleOf }, ports, signal);
    answers.count += 1;
    answers.tookMs += Math.max(0, clock.nowMs() - askedAtMs);
  }
}

function tooLate(left: number, items: number): ExamTrouble {
  const message = `the time was too short for ${left} of ${items} questions: the policy's exams.answerWithinMs, or this agent's exams.concurrency, is too low`;
  return new ExamTrouble('late', message, { passes: false });
}

/** @throws ExamTrouble, MeasurementError if the question failed by no fault of the service */
async function askOne(
  exam: AssignedExam,
  { index, prompt }: ExamItem,
  { gate, lookAtTunnel, child, timeoutMs }: ExamPorts,
  signal: AbortSignal,
): Promise<ItemAnswer> {
  const { service, system } = exam;
  const { port, path, api, model = 'default' } = service;
  const authority = joinHostPort(parseIpAddress(service.address), port);
  return await gate.pass(authority, signal, async () => {
    const before = await lookAtTunnel(exam);
    if (before.kind === 'down') throw new ExamTrouble('tunnel', before.why, { passes: true });
    const { localAddress } = before;
    const url = `http://${authority}${path}`;
    const access = { url, api, model, stream: false, fields: {}, timeoutMs, localAddress };
    const asked = await child.ask({ ...access, prompt, ...defined({ system }) }, signal);
    if (asked.kind === 'answer') return { index, answer: asked.answer, latencyMs: asked.latencyMs };
    if (hasWorked(before, await lookAtTunnel(exam))) return { index, problem: asked.message };
    const why = `nothing came through the tunnel to ${exam.examined} while its service was asked: ${asked.message}`;
    throw new ExamTrouble('tunnel', why, { passes: true });
  });
}
