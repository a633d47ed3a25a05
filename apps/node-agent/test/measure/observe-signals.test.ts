// What a node observes of itself for the drift signals.

import { describe, expect, it } from 'vitest';
import { observeSignals } from '../../src/measure/observe-signals.ts';

const NOW = 1_900_000_000_000;
type Engine = Parameters<typeof observeSignals>[0];

/** Peers by name: how old the last handshake is, and how long the peer has been configured; seconds. */
function engineWith(
  peers: Readonly<Record<string, readonly [handshakeAge: number | undefined, configured: number]>>,
  over: object = {},
) {
  const names = Object.keys(peers);
  return {
    snapshot: () => ({
      config: { allowed: true, peers: new Map(names.map((name) => [name, { publicKey: name }])) },
      interfaceUp: true,
      configuredForMs: (key: string) => (peers[key]?.[1] ?? 0) * 1_000,
      ...over,
    }),
    tunnel: {
      read: async () => ({
        peers: [...names, 'stranger'].map((name) => {
          const age = peers[name]?.[0];
          return {
            publicKey: name,
            latestHandshakeSeconds: age === undefined ? undefined : NOW / 1_000 - age,
          };
        }),
      }),
    },
  } as unknown as Engine;
}
const observe = (engine: Engine, offsetMs?: number) =>
  observeSignals(
    engine,
    { nowMs: () => NOW },
    {
      offset: () => (offsetMs === undefined ? undefined : { offsetMs, uncertaintyMs: 1 }),
    },
  );

describe('the health of the handshakes', () => {
  it('is the share of the settled peers with a recent one', async () => {
    const peers = {
      a: [10, 600],
      b: [181, 600],
      c: [undefined, 600],
      d: [180, 600],
      e: [undefined, 29],
    } as const;
    expect(await observe(engineWith(peers))).toEqual({ handshakes: 0.5 });
  });
  it.each<[string, Engine]>([
    ['without a peer', engineWith({})],
    ['with new peers only', engineWith({ a: [undefined, 5] })],
    ['while the node is out', engineWith({ a: [10, 600] }, { config: { allowed: false, peers: new Map() } })],
    ['without an interface', engineWith({ a: [10, 600] }, { interfaceUp: false })],
    [
      'if the interface cannot be read',
      {
        ...engineWith({ a: [10, 600] }),
        tunnel: { read: async () => Promise.reject(new Error('busy')) },
      } as unknown as Engine,
    ],
  ])('is left out %s', async (_what, engine) => {
    expect(await observe(engine)).toEqual({});
  });
});

it('the skew of the clock is this clock less the controller’s', async () => {
  expect(await observe(engineWith({}), 250)).toEqual({ clock_skew_ms: -250 });
});
