// Strict rotation over two dry-run tunnels, which keep their state in memory, on a fake clock that only the
// test moves.

import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { encodeBase64 } from '@mesh/primitives';
import { type InterfaceName, parseAllowedIp, parseInterfaceName, parseWgPrivateKey } from '@mesh/wg';
import type { OverlayRoutes, RouteLook, RouteSurvey, Tunnel, TunnelError } from '@mesh/wg-device';
import { createDryRunTunnel, createNoGuard, createNoHostRules } from '@mesh/wg-device';
import { onTestFinished } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import { createRouteWatch } from '../../src/engine/one-interface/route-watch.ts';
import type { SlotParts } from '../../src/engine/strict/open-slot-engine.ts';
import { StrictEngine } from '../../src/engine/strict/strict-engine.ts';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { reportOverlaps } from '../../src/events/report-overlaps.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import type { OnOverlap } from '../../src/plan/route-overlaps.ts';
import { heldPsk, keySet, publicKeyBOf, publicKeyOf, strictConfig } from './plan-fixtures.ts';
import { NAMES, T } from './strict-fixtures.ts';

export const NAME_A = parseInterfaceName('mesh0-a');
export const NAME_B = parseInterfaceName('mesh0-b');

interface Host {
  readonly tunnels: { readonly a: Tunnel; readonly b: Tunnel };
  readonly moves: InterfaceName[];
  routed: InterfaceName | undefined;
  /** What the next looks at the host's routes find. */
  survey: RouteSurvey;
  readonly looks: RouteLook[];
  /** The error that the next move of the routes throws. */
  conflict: TunnelError | undefined;
}

export function createHost(): Host {
  const tunnel = (interfaceName: InterfaceName) =>
    createDryRunTunnel({ interfaceName, writeLine: () => undefined });
  return {
    tunnels: { a: tunnel(NAME_A), b: tunnel(NAME_B) },
    moves: [],
    routed: undefined,
    survey: { foreign: [], strays: [] },
    looks: [],
    conflict: undefined,
  };
}

/** Starts an engine, which ends with the test. What it leaves on the host is there for the next engine. */
export function start(options: {
  atMs: number;
  host?: Host;
  verifyHandshakes?: boolean;
  leaseMs?: number;
  onOverlap?: OnOverlap;
}) {
  const clock = new FakeClock({ nowMs: options.atMs });
  const host = options.host ?? createHost();
  const routes: OverlayRoutes = {
    read: async () => host.routed,
    switchTo: async (interfaceName) => {
      const { conflict } = host;
      host.conflict = undefined;
      if (conflict !== undefined) throw conflict;
      host.routed = interfaceName;
      host.moves.push(interfaceName);
    },
    look: async (wanted) => {
      host.looks.push(wanted);
      return host.survey;
    },
    acceptFromEither: async () => true,
  };
  const slot = (name: 'a' | 'b', interfaceName: InterfaceName): SlotParts => ({
    privateKey: () => parseWgPrivateKey(encodeBase64(new Uint8Array(32).fill(name === 'a' ? 8 : 16))),
    publicKey: () => publicKeyOf(name),
    listenPort: name === 'a' ? 51_820 : 51_821,
    tunnel: host.tunnels[name],
    guard: createNoGuard(),
    interfaceName,
  });
  const events: AgentEvent[] = [];
  const applied: number[] = [];
  const changes: (string | undefined)[] = [];
  const controllerClock = new ControllerClock(clock);
  const logger = createLogger({ level: 'silent' });
  const record = (event: AgentEvent) => void events.push(event);
  const engine: StrictEngine = new StrictEngine(
    {
      slots: { a: slot('a', NAME_A), b: slot('b', NAME_B) },
      verifyHandshakes: options.verifyHandshakes ?? false,
      addresses: [parseAllowedIp('10.9.0.250')],
      toAddresses: () => [parseAllowedIp('10.9.0.250')],
      mtu: 1_420,
      reconcileMs: 30_000,
      holdSeconds: 0,
      lease: options.leaseMs === undefined ? undefined : { endsAtBootMs: clock.bootMs() + options.leaseMs },
    },
    {
      routes,
      routeWatch: createRouteWatch(
        {
          networks: [parseAllowedIp('10.9.0.0/24')],
          addresses: [parseAllowedIp('10.9.0.250')],
          onOverlap: options.onOverlap ?? 'host-routes',
        },
        {
          routes,
          clock,
          ...reportOverlaps({
            record,
            logger,
            changed: () => changes.push(engine.snapshot().trouble?.code),
          }),
        },
      ),
      hostRules: createNoHostRules(),
      clock,
      timers: clock,
      controllerClock,
      record,
      epochApplied: (epochId) => applied.push(epochId),
      troubleChanged: () => changes.push(engine.snapshot().trouble?.code),
      logger,
    },
  );
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const done = engine.run(stop.signal);
  const settle = async () => {
    for (let turn = 0; turn < 40; turn++) await clock.advance(0);
  };
  return {
    clock,
    host,
    engine,
    events,
    applied,
    /** The code of the current trouble, at each change. */
    changes,
    settle,
    end: async () => {
      stop.abort();
      await settle();
      await done;
    },
    /** Moves the clock to an instant relative to the boundary. */
    at: async (offsetMs: number) => {
      await clock.advance(T + offsetMs - clock.nowMs());
      await settle();
    },
    /** The peers in each slot, with the epoch of their key. */
    slots: async () => ({ a: await peersOf(host.tunnels.a), b: await peersOf(host.tunnels.b) }),
  };
}

async function peersOf(tunnel: Tunnel): Promise<string[]> {
  const { peers } = await tunnel.read();
  return peers
    .map(({ publicKey, presharedKeyDigest }) => {
      const name = [...NAMES, 'z'].find((each) =>
        [publicKeyOf(each), publicKeyBOf(each)].includes(publicKey),
      );
      const epochId = [3, 4, 5, 6].find((id) => heldPsk(id, name ?? '').digest === presharedKeyDigest);
      return `${name}@${epochId}`;
    })
    .sort();
}

/** Epoch 4 is in force, and epoch 5 begins at the boundary. */
export const config = (changes: Partial<HeldConfig> = {}, names = NAMES) =>
  strictConfig(names, [keySet(4, names), keySet(5, names, T)], changes);
