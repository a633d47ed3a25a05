import { createSocket } from 'node:dgram';
import { systemClock, systemTimers, type Timers } from '@mesh/host';
import { waitUntil } from '@mesh/host/test-kit';
import { fromHex, toHex } from '@mesh/primitives';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { overlayTargets } from '../../src/plan/overlay-targets.ts';
import { AnswerBudget } from '../../src/probes/answer-budget.ts';
import { answerTo, parseProbe, renderProbe } from '../../src/probes/probe-packet.ts';
import { PeerProber, type ProbeOptions } from '../../src/probes/probe-peers.ts';
import { addProbe, type ProbeWindow, summariseProbes } from '../../src/probes/probe-window.ts';
import { random32, silent } from '../support/agent-fixtures.ts';
import { heldConfig, node, publicKeyOf } from '../support/plan-fixtures.ts';

const PORT = 39_871;

/** A prober on an address of the loopback network, which replaces the overlay here. */
function prober(
  address: string,
  targets: readonly [string, string][],
  {
    addresses = () => [address],
    intervalMs = 20,
    timers = systemTimers,
  }: Partial<Pick<ProbeOptions, 'addresses' | 'intervalMs' | 'timers'>> = {},
): PeerProber {
  const stop = new AbortController();
  const made = new PeerProber({
    port: PORT,
    intervalMs,
    addresses,
    targets: () => targets.map(([name, target]) => ({ nodeId: node(name), address: target })),
    randomBytes: random32,
    clock: systemClock,
    timers,
    logger: silent,
  });
  const done = made.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await done;
  });
  return made;
}

describe('probing peers', () => {
  it('measures the round trip to a peer that answers, and loss to a peer that does not', async () => {
    const a = prober('127.9.0.1', [
      ['b', '127.9.0.2'],
      ['gone', '127.9.0.9'],
    ]);
    prober('127.9.0.2', [['a', '127.9.0.1']]);
    await waitUntil('answers', () => a.health(node('b')).state === 'measured');
    const { rttMs = 0, worstRttMs = 0, loss } = a.health(node('b'));
    expect(rttMs).toBeGreaterThan(0);
    expect(worstRttMs).toBeGreaterThanOrEqual(rttMs);
    expect(worstRttMs).toBeLessThan(1_000);
    expect(loss).toBeLessThan(1);
    await waitUntil('losses', () => a.health(node('gone')).state === 'no_answer');
    expect(a.health(node('gone'))).toMatchObject({ rttMs: undefined, loss: undefined, answered: 0 });
    expect(a.probed(node('unheard-of'))).toBeUndefined();
    expect(a.health(node('unheard-of')).state).toBe('too_few');
  });

  it('works, and is answered, as soon as both ends have their address, however long the interval is', async () => {
    const hour = { intervalMs: 3_600_000 };
    let own: readonly string[] = [];
    const late = { ...hour, addresses: () => own };
    const a = prober('127.9.2.1', [['b', '127.9.2.2']], late);
    prober('127.9.2.2', [['a', '127.9.2.1']], { ...hour, addresses: () => own.map(() => '127.9.2.2') });
    expect(await a.probe({ nodeId: node('b'), address: '127.9.2.2' })).toBeNull();
    own = ['127.9.2.1'];
    await waitUntil(
      'an answer',
      async () => (await a.probe({ nodeId: node('b'), address: '127.9.2.2' })) !== null,
    );
    await waitUntil('the first round', () => a.probed(node('b')) !== undefined);
  });

  it('answers only peers', async () => {
    const b = prober('127.9.1.2', [['a', '127.9.1.1']]);
    await waitUntil(
      'the socket',
      async () => (await b.probe({ nodeId: node('a'), address: '127.9.1.1' })) === null,
    );
    const answered = async (from: string) => {
      const socket = createSocket('udp4');
      onTestFinished(() => {
        socket.close();
      });
      await new Promise<void>((resolve) => socket.bind({ address: from, port: PORT }, resolve));
      const answers: Uint8Array[] = [];
      // The prober also sends its own questions.
      socket.on('message', (bytes) => {
        if (parseProbe(bytes)?.kind === 'answer') answers.push(bytes);
      });
      return {
        ask: () => socket.send(renderProbe('question', new Uint8Array(16)), PORT, '127.9.1.2'),
        answers,
      };
    };
    const stranger = await answered('127.9.1.7');
    const peer = await answered('127.9.1.1');
    stranger.ask();
    peer.ask();
    await waitUntil('the answer to the peer', () => peer.answers.length === 1);
    expect(stranger.answers).toEqual([]);
  });
});

describe('an answer', () => {
  it('counts only from the address and the port that were asked, and with the bytes of the question', async () => {
    const a = prober('127.9.4.1', [['b', '127.9.4.2']], { intervalMs: 3_600_000 });
    const bound = async (address: string, port: number) => {
      const socket = createSocket('udp4');
      onTestFinished(() => {
        socket.close();
      });
      await new Promise<void>((resolve) => socket.bind({ address, port }, resolve));
      return socket;
    };
    const b = await bound('127.9.4.2', PORT);
    const [otherPort, otherNode] = [await bound('127.9.4.2', PORT + 1), await bound('127.9.4.3', PORT)];
    let answer = (question: Uint8Array) => {
      for (const liar of [otherPort, otherNode]) liar.send(answerTo(question), PORT, '127.9.4.1');
      b.send(renderProbe('answer', random32(16)), PORT, '127.9.4.1');
      b.send(question, PORT, '127.9.4.1');
    };
    b.on('message', (bytes) => {
      if (parseProbe(bytes)?.kind === 'question') answer(bytes);
    });
    const ask = () => a.probe({ nodeId: node('b'), address: '127.9.4.2' });
    expect(await ask()).toBeNull();
    answer = (question) => b.send(answerTo(question), PORT, '127.9.4.1');
    expect(await ask()).not.toBeNull();
  });
});

describe('many peers', () => {
  it('are asked 25 at a time, with a pause after each 25', async () => {
    const asked = new Set<string>();
    const peers = Array.from({ length: 60 }, (_, at) => [`peer-${at}`, `127.9.3.${at + 10}`] as const);
    for (const [name, address] of peers) {
      const socket = createSocket('udp4');
      onTestFinished(() => {
        socket.close();
      });
      await new Promise<void>((resolve) => socket.bind({ address, port: PORT }, resolve));
      socket.on('message', () => asked.add(name));
    }
    // The wait for the answers, and the pause, which is as long. Nobody answers.
    const waits: (() => void)[] = [];
    const timers: Timers = {
      setTimer: (ms, fn, options) => {
        if (ms !== 1_000) return systemTimers.setTimer(ms, fn, options);
        waits.push(fn);
        return () => undefined;
      },
    };
    prober(
      '127.9.3.1',
      peers.map(([name, address]) => [name, address]),
      { intervalMs: 3_600_000, timers },
    );
    for (const [count, waiting] of [
      [25, 2],
      [50, 2],
      [60, 2],
    ] as const) {
      await waitUntil(`${count} questions`, () => asked.size === count);
      await waitUntil('the waits', () => waits.length === waiting);
      expect(asked.size).toBe(count);
      for (const end of waits.splice(0)) end();
    }
  });
});

describe('a probe packet', () => {
  it('is parsed to what it was rendered from', () => {
    const nonce = random32(16);
    expect(parseProbe(renderProbe('question', nonce))).toEqual({ kind: 'question', nonce: toHex(nonce) });
    const answer = answerTo(renderProbe('question', nonce));
    expect(parseProbe(answer)).toEqual({ kind: 'answer', nonce: toHex(nonce) });
    expect(answer).toHaveLength(21);
  });

  it('is not anything else', () => {
    for (const hex of [
      '',
      '6d',
      '6d70726203'.padEnd(42, '0'),
      '6d70726201'.padEnd(40, '0'),
      '6d70726201'.padEnd(44, '0'),
    ]) {
      expect(parseProbe(fromHex(hex))).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(() => parseProbe(bytes)).not.toThrow();
      }),
    );
  });
});

describe('the window of probes', () => {
  const summaryOf = (rttsMs: readonly (number | null)[]) => {
    const window = rttsMs.reduce<ProbeWindow | undefined>(
      (before, rttMs, at) => addProbe(before, rttMs, 1_000 * at),
      undefined,
    );
    return window && summariseProbes(window, 25_000);
  };

  it.each([
    [[], undefined],
    [[null], { sent: 1, answered: 0, rttMs: undefined, worstRttMs: undefined, ageMs: 25_000 }],
    [[4], { sent: 1, answered: 1, rttMs: 4, worstRttMs: 4 }],
    [[1, null, 3, 100], { sent: 4, answered: 3, rttMs: 3, worstRttMs: 100, ageMs: 22_000 }],
    [[3, 1], { sent: 2, answered: 2, rttMs: 2, worstRttMs: 3 }],
  ] as [(number | null)[], object | undefined][])('%j is %j', (probes, expected) => {
    if (expected === undefined) expect(summaryOf(probes)).toBeUndefined();
    else expect(summaryOf(probes)).toMatchObject(expected);
  });

  it('forgets all but the last twenty', () => {
    expect(summaryOf([...Array(20).fill(null), ...Array(20).fill(7)])).toMatchObject({
      ...{ sent: 20, answered: 20, rttMs: 7, worstRttMs: 7 },
    });
  });
});

describe('the budget of answers', () => {
  it('is 128 at once and eight a second for each peer, and another peer has its own', () => {
    const budget = new AnswerBudget();
    const answered = (address: string, questions: number, nowMs: number) =>
      Array.from({ length: questions }, () => budget.tryTake(address, nowMs)).filter(Boolean).length;
    expect(answered('10.9.0.1', 200, 0)).toBe(128);
    expect(answered('10.9.0.2', 5, 0)).toBe(5);
    expect(answered('10.9.0.1', 200, 124)).toBe(0);
    expect(answered('10.9.0.1', 200, 1_000)).toBe(8);
    expect(answered('10.9.0.1', 200, 3_600_000)).toBe(128);
    budget.keep(new Set(['10.9.0.2']));
    expect(answered('10.9.0.1', 1, 3_600_000)).toBe(1);
  });
});

describe('overlay targets', () => {
  it('are our own addresses and one address per peer, and nothing for a denied node', () => {
    const config = heldConfig(['a', 'b'], []);
    expect(overlayTargets(config)).toEqual({
      own: ['10.9.0.250'],
      peers: [
        { nodeId: 'a', address: '10.9.0.1' },
        { nodeId: 'b', address: '10.9.0.2' },
      ],
    });
    expect(overlayTargets({ ...config, allowed: false }).peers).toEqual([]);
    expect(overlayTargets(config, new Set([publicKeyOf('b')])).peers).toMatchObject([{ nodeId: 'b' }]);
    expect(overlayTargets(undefined)).toEqual({ own: [], peers: [] });
  });
});
