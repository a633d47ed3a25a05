// What this node can say of itself beside its scores: whether its tunnels work, and how wrong its clock is.

import type { Clock } from '@mesh/host';
import { defined } from '@mesh/primitives';
import type { ControllerClock } from '../clock/controller-clock.ts';
import type { Engine } from '../engine/port/engine.ts';
import type { SaidSignals } from './result/measurement.ts';

/** WireGuard makes a new handshake every two minutes while there is traffic, and gives up after three. */
const RECENT_MS = 180_000;
/** A peer that has just been added may not have had the time. */
const SETTLED_MS = 30_000;

/** Never rejects: what cannot be observed is left out. */
export async function observeSignals(
  engine: Pick<Engine, 'snapshot' | 'tunnel'>,
  clock: Pick<Clock, 'nowMs'>,
  controllerClock: Pick<ControllerClock, 'offset'>,
): Promise<SaidSignals> {
  const offset = controllerClock.offset();
  return defined({
    handshakes: await observeHandshakes(engine, clock.nowMs()),
    clock_skew_ms: offset && -offset.offsetMs,
  });
}

/** @returns the share of the settled peers with a recent handshake; undefined without such a peer */
async function observeHandshakes(
  engine: Pick<Engine, 'snapshot' | 'tunnel'>,
  nowMs: number,
): Promise<number | undefined> {
  const snapshot = engine.snapshot();
  const { config, interfaceUp } = snapshot;
  if (config?.allowed !== true || !interfaceUp) return undefined;
  const { peers } = await engine.tunnel.read().catch(() => ({ peers: [] }));
  // An examined node that is not in says nothing of this node's tunnels.
  const ordinary = [...config.peers.values()].filter(({ onlyService }) => onlyService === undefined);
  const expected = new Set(ordinary.map(({ publicKey }) => publicKey));
  const settled = peers.filter(
    ({ publicKey }) => expected.has(publicKey) && snapshot.configuredForMs(publicKey) >= SETTLED_MS,
  );
  if (settled.length === 0) return undefined;
  const recent = settled.filter(
    ({ latestHandshakeSeconds: at }) => at !== undefined && nowMs - at * 1_000 <= RECENT_MS,
  );
  return recent.length / settled.length;
}
