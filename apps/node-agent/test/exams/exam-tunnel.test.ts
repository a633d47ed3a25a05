// Whether a question can be put through the tunnel, and whether the tunnel worked meanwhile.

import { parseAllowedIp } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import type { EngineSnapshot } from '../../src/engine/port/engine.ts';
import { createTunnelLook, type ExamTunnel, hasWorked } from '../../src/exams/exam-tunnel.ts';
import { node, publicKeyOf } from '../support/plan-fixtures.ts';

const examined = node('a');
const publicKey = publicKeyOf('a');
const peer = { nodeId: examined, publicKey, allowedIps: ['10.9.0.2/32', '10.20.0.0/24'].map(parseAllowedIp) };
const usual = {
  config: {
    interface: { addresses: ['fd00::1/64', '10.9.0.1/24'], mtu: 1_420 },
    peers: new Map([[examined, peer]]),
  },
  present: new Set([publicKey]),
  overlaps: [],
};

function look(
  changes: object = {},
  { address = '10.9.0.2', peers = [{ publicKey, rxBytes: 5 }] as unknown[], fails = false } = {},
) {
  const read = async () => {
    if (fails) throw new Error('the interface is gone');
    return { peers };
  };
  const engine = {
    snapshot: () => ({ ...usual, ...changes }) as unknown as EngineSnapshot,
    tunnel: { read },
  } as unknown as Parameters<typeof createTunnelLook>[0];
  const service = { address, port: 80, path: '/', api: 'openai' as const };
  return createTunnelLook(engine)({ examined, service });
}

describe('a look at the tunnel', () => {
  it('gives the own address of the family of the service, and what was received', async () => {
    expect(await look()).toEqual({ kind: 'up', localAddress: '10.9.0.1', publicKey, rxBytes: 5 });
  });

  it.each<[string, object, Parameters<typeof look>[1], RegExp]>([
    ['no config', { config: undefined }, {}, /a is no peer of this node now/],
    ['no such peer', { config: { ...usual.config, peers: new Map() } }, {}, /a is no peer of this node now/],
    ['a foreign address', {}, { address: '10.9.0.3' }, /10\.9\.0\.3 is no overlay address of a/],
    ['an address of a network behind the node', {}, { address: '10.20.0.9' }, /is no overlay address of a/],
    ['a peer that is kept off', { present: new Set() }, {}, /a is not on the interface/],
    ['a peer that is not read', {}, { peers: [] }, /a is not on the interface/],
    ['a tunnel that moves', { movedToB: new Set([examined]) }, {}, /is on slot b while a key is replaced/],
    [
      'a route past the tunnel',
      { overlaps: [{ handled: 'leaking', peers: [examined] }] },
      {},
      /a route of this host leads past the tunnel to a/,
    ],
    [
      'no own address',
      { config: { ...usual.config, interface: { addresses: ['fd00::1/64'], mtu: 1_420 } } },
      {},
      /no overlay address to ask 10\.9\.0\.2 from/,
    ],
    ['an interface that cannot be read', {}, { fails: true }, /the interface is gone/],
  ])('finds none with %s', async (_what, changes, more, why) => {
    expect(await look(changes, more)).toEqual({ kind: 'down', why: expect.stringMatching(why) });
  });
});

describe('a tunnel', () => {
  const before: ExamTunnel = { kind: 'up', localAddress: '10.9.0.1', publicKey, rxBytes: 5 };

  it('has worked if anything was received on it', () => {
    expect(hasWorked(before, { ...before, rxBytes: 6 })).toBe(true);
  });

  it.each([
    ['nothing was received', before],
    ['it is another one now', { ...before, publicKey: publicKeyOf('b'), rxBytes: 99 }],
    ['its counters began anew', { ...before, rxBytes: 0 }],
    ['it is gone', { kind: 'down', why: 'gone' }],
  ] as const)('has not worked, as far as is known, if %s', (_what, after) => {
    expect(hasWorked(before, after)).toBe(false);
  });
});
