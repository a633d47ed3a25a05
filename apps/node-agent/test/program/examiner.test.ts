// The agent as a process and an examiner: on the loopback network, with a dry-run tunnel.

import { join } from 'node:path';
import { openSqlite } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { configBody, startController } from '../support/agent-fixtures.ts';
import { enrolled, publish, run } from '../support/agent-program.ts';
import { assignmentOf, EXAM_ID, ExamDesk } from '../support/exam-desk.ts';
import { chatService } from '../support/examiner-harness.ts';

const PROMPTS = ['one', 'two', 'three', 'four'];

/** A config with one open exam of `a`, whose overlay address is one of the loopback network. */
function configWithExam(version: string, exams: readonly string[] = [EXAM_ID]) {
  const body = configBody(version, ['a'], {
    exams: [...exams],
    interface: { addresses: ['127.0.0.2/24'], mtu: 1_420 },
  });
  return { ...body, peers: body.peers.map((peer) => ({ ...peer, allowed_ips: ['127.0.0.3/32'] })) };
}

async function examining() {
  const { port } = await chatService(() => 'yes', '127.0.0.3');
  const controller = await startController();
  const { set } = publish(controller);
  const node = await enrolled(controller);
  const exam = assignmentOf(PROMPTS, port, {
    examined: parseNodeId('a'),
    service: { address: '127.0.0.3', port, path: '/v1/chat/completions', api: 'openai' },
  });
  const desk = new ExamDesk(controller, [exam]);
  const others = controller.onNodeRequest;
  controller.onNodeRequest = (request) => desk.answer(request) ?? others(request);
  set(configWithExam('v1'));
  return { set, desk, ...node };
}

describe('an agent that examines', () => {
  it('shows its exams, notes them in its journal, and takes none if that is off', async () => {
    const { desk, stateDir, up, set, status } = await examining();
    const agent = up();
    await waitUntil('the exam', () => desk.fetched > 0);
    await waitUntil('its status', async () => (await status())?.exams?.length === 1);
    const human = (await run(['status', '--state-dir', stateDir]).exit).output;
    expect(human).toMatch(
      new RegExp(`^exams\\n {2}${EXAM_ID} of a: asks, \\d of 4 asked, until \\S+(?: — .*)?$`, 'm'),
    );
    set(configWithExam('v2', []));
    await waitUntil('its end', async () => (await status())?.exams?.[0]?.step === 'withdrawn');
    agent.child.kill('SIGTERM');
    await agent.exit;
    const journal = openSqlite(join(stateDir, 'journal.sqlite'), { migrations: [] });
    const begun = journal
      .prepare<[string], { data: string }>('SELECT data FROM events WHERE type = ?')
      .get('exam_begun');
    journal.close();
    expect(JSON.parse(begun?.data ?? '')).toEqual({ examId: EXAM_ID, examined: 'a', items: 4, asked: 0 });

    set(configWithExam('v3'));
    const { fetched } = desk;
    const without = run(['up', '--dry-run', '--state-dir', stateDir], { MESH_AGENT_EXAMS_ENABLED: 'false' });
    await waitUntil('the config', () => without.output().includes('epoch applied to every peer'));
    expect((await status())?.exams).toBeNull();
    expect((await run(['status', '--state-dir', stateDir]).exit).output).toContain('exams        off');
    expect(desk.fetched).toBe(fetched);
  });
});
