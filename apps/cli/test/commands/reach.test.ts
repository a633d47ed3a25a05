import type { ReachAnswer } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { meshctlHere } from '../support/meshctl.ts';
import { SocketServer } from '../support/socket-server.ts';

const controller = new SocketServer();
beforeAll(() => controller.open());
afterAll(() => controller.close());

const end = { class: 'default', status: 'active', membership: 'ALLOWED', reason: 'overall 0.92 meets 0.70' };
const report = { since: '2026-01-05T12:00:00.000Z', epoch_id: 7, handshake_age_ms: 12_300, state: 'up' };
const good = {
  ends: [
    { node_id: 'node-a', ...end, endpoint: '192.0.2.1:51820' },
    { node_id: 'node-b', ...end, endpoint: null },
  ],
  directions: [
    { from: 'node-a', to: 'node-b', allowed: true, rule: 'peers', sentence: 'both are in', port: null },
    { from: 'node-b', to: 'node-a', allowed: true, rule: 'peers', sentence: 'both are in', port: null },
  ],
  limit_bits_per_second: 2_000_000,
  tunnel: [
    { node_id: 'node-a', ...report },
    { node_id: 'node-b', ...report },
  ],
} as unknown as ReachAnswer;
const [there, back] = good.directions;
const [here] = good.tunnel;

function reach(answer: object, ...args: string[]) {
  controller.answer({ 'GET /v1/nodes/node-a/reach?peer=node-b': { body: { ...good, ...answer } } });
  return meshctlHere(['reach', 'node-a', 'node-b', ...args], { socket: controller.path });
}

describe('reach', () => {
  it('is 0 where it is allowed and the tunnel is up at both ends', async () => {
    const { exitCode, stdout, stderr } = await reach({});
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      [
        'verdict  node-a reaches node-b',
        'limit    2 Mbit/s, each way',
        '',
        'FROM    TO      ALLOWED  RULE   WHY',
        'node-a  node-b  yes      peers  both are in',
        'node-b  node-a  yes      peers  both are in',
        '',
        'END     TUNNEL  SINCE                     HANDSHAKE  EPOCH  ITS ENDPOINT',
        'node-a  up      2026-01-05T12:00:00.000Z  12 s ago   7      192.0.2.1:51820',
        'node-b  up      2026-01-05T12:00:00.000Z  12 s ago   7      none: it must speak first',
        '',
      ].join('\n'),
    );
  });

  it('shows what each end measures of the pair, or why it does not', async () => {
    const probes = { sent: 20, answered: 19, loss: 0.05, rtt_ms: 12.34, worst_rtt_ms: 40, age_ms: 3_000 };
    const traffic = {
      received_bytes: 9,
      sent_bytes: 9,
      rates: { received: 1_500, sent: 0, over_ms: 30_000 },
    };
    const silent = { ...probes, answered: 0, loss: null, rtt_ms: null, worst_rtt_ms: null };
    const { stdout } = await reach({
      tunnel: [
        { ...here, figures: { traffic, probes: { ...probes, state: 'measured' } } },
        { ...here, figures: { traffic: null, probes: { ...silent, state: 'no_answer' } } },
      ],
    });
    expect(stdout.split('\n').slice(-4)).toEqual([
      'END     RTT                  WORST    LOSS       RECEIVES  SENDS  PROBED',
      'node-a  12.3 ms              40.0 ms  5 % of 20  1.5 kB/s  0 B/s  3 s ago',
      'node-b  no answer to probes  -        -          -         -      3 s ago',
      '',
    ]);
  });

  it.each([
    ['one end does not report it', [here, null]],
    ['one end waits for a handshake', [here, { ...here, state: 'waiting' }]],
    ['no handshake comes', [{ ...here, state: 'overdue', handshake_age_ms: null }, here]],
  ])('is 1 where it is allowed and %s, and 0 with --rules', async (_, tunnel) => {
    const { exitCode, stderr } = await reach({ tunnel });
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: 'meshctl: node-a may reach node-b, but not both ends report the tunnel as up\n',
    });
    expect((await reach({ tunnel }, '--rules')).exitCode).toBe(0);
  });

  it('is 1 where it is not allowed, also with --rules, and says by which rule', async () => {
    const no = { ...there, allowed: false, rule: 'not_in', sentence: 'node-b is out: it is quarantined' };
    const answer = { directions: [no, { ...back, allowed: false, rule: 'not_in' }], tunnel: [null, null] };
    for (const args of [[], ['--rules']]) {
      const { exitCode, stdout, stderr } = await reach(answer, ...args);
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^node-a +node-b +no +not_in +node-b is out/m);
      expect(stderr).toBe('meshctl: node-a does not reach node-b: node-b is out: it is quarantined\n');
    }
  });

  it('counts the direction that was asked for, and names the port of a probation tunnel', async () => {
    const examiner = { ...there, rule: 'probation_tunnel', port: 8_000 };
    const examined = { ...back, allowed: false, rule: 'probation_answers', port: 8_000 };
    expect((await reach({ directions: [examiner, examined] })).stdout).toMatch(
      /^verdict +node-a reaches node-b at port 8000$/m,
    );
  });

  it('--json is one document with the version of its schema and the verdict', async () => {
    const { exitCode, stdout } = await reach({ tunnel: [here, null] }, '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ schema_version: 1, reaches: false, allowed: true, up: false, limit_bits_per_second: 2_000_000 },
      tunnel: [here, null],
    });
  });

  it('takes node ids alone', async () => {
    controller.answer({});
    for (const args of [['node-a', 'b&x=1'], ['../a', 'node-b'], ['node-a']])
      expect((await meshctlHere(['reach', ...args], { socket: controller.path })).exitCode).toBe(2);
    expect(controller.seen).toEqual([]);
  });
});
