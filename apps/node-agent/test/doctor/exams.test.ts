// What doctor finds of this node as an examiner.

import { describe, expect, it } from 'vitest';
import { checkExams, type ExamsInput } from '../../src/doctor/check-exams.ts';
import { AgentError } from '../../src/errors/agent-error.ts';
import type { AgentStatus, ExamStatus } from '../../src/status/agent-status.ts';
import { unknowing } from '../support/unknowing-status.ts';

const exam: ExamStatus = {
  exam_id: 'ab'.repeat(16),
  examined: 'b',
  service: { address: '10.9.0.2', port: 8_000 },
  step: 'asking',
  asked: 1,
  items: 3,
  ends_at: '2030-01-01T00:00:00Z',
  trouble: null,
};
const running = (exams: AgentStatus['exams']) => async () => ({ ...unknowing, exams });
const look = (changes: Partial<ExamsInput> = {}) =>
  checkExams({
    isEnabled: true,
    canConfine: true,
    status: running([exam]),
    connect: async () => undefined,
    ...changes,
  });

describe('doctor', () => {
  it('tries the services of the exams that are open, from the overlay address', async () => {
    const tried: unknown[] = [];
    const connect: ExamsInput['connect'] = async (service, from) => void tried.push([service, from]);
    const exams = [exam, { ...exam, step: 'sent' as const, service: { address: '10.9.0.3', port: 1 } }];
    expect(await look({ connect, status: running(exams) })).toMatchObject({
      outcome: 'ok',
      message: 'this node can examine others, and reaches the services of its 1 open exam(s)',
    });
    expect(tried).toEqual([[exam.service, unknowing.addresses]]);
  });

  it.each<[string, Partial<ExamsInput>, string, RegExp]>([
    ['exams are off', { isEnabled: false }, 'skipped', /exams\.enabled is false/],
    ['nothing can be confined', { canConfine: false }, 'failed', /install util-linux/],
    ['there is no exam', { status: running([]) }, 'ok', /has no exam now/],
    ['the agent takes none', { status: running(null) }, 'warning', /takes no exams/],
    [
      'a service takes no connection',
      { connect: () => Promise.reject(new Error('ECONNREFUSED')) },
      'warning',
      /b, which this node examines, takes no connection at 10\.9\.0\.2 port 8000 \(ECONNREFUSED\)/,
    ],
    [
      'an exam was given up',
      { status: running([{ ...exam, step: 'given_up', trouble: { code: 'tunnel', message: 'no way' } }]) },
      'warning',
      /gave no result of b: no way/,
    ],
    [
      'no agent is running',
      { status: () => Promise.reject(new AgentError('not_running', 'none')) },
      'ok',
      /no agent is running/,
    ],
  ])('if %s', async (_what, changes, outcome, message) => {
    expect(await look(changes)).toEqual({ outcome, message: expect.stringMatching(message) });
  });

  it('says what else keeps the agent from answering', async () => {
    const status = () => Promise.reject(new AgentError('failed', 'broken'));
    await expect(look({ status })).rejects.toThrow('broken');
  });
});
