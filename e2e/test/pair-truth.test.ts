// What is known about each pair, at both its ends and at the controller. Here `a` and `b` have the same key,
// and `wronged` sets another key than it is given, towards both. Packets between `a` and `b` take a path that
// is slow and loses some. The test reads it with an operator's commands.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programFile } from '@mesh/host/test-kit';
import type { NodeDetail } from '@mesh/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLab, type Lab, type Mesh, slowPath, startMesh, until } from '../lab/index.ts';
import { INTERFACE } from './support/trial.ts';

const NODES = ['a', 'b', 'wronged'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 6;
/** The ends of the pairs that cannot exchange packets. */
const WRONGED = [
  ['a', 'wronged'],
  ['wronged', 'a'],
  ['b', 'wronged'],
  ['wronged', 'b'],
] as const;
/** A first handshake is overdue after 30 s (packages/wg/src/tunnel-health.ts). */
const OVERDUE_MS = 30_000;
/** Each way. */
const DELAY_MS = 100;
/** One probe in a packet of WireGuard: 49 bytes padded to 64, with a header of 16 and a tag of 16. */
const PROBE_PACKET_BYTES = 96;
const PORTS = { a: 51_831, b: 51_832 } as const;
/** How often a command is run to wait for something. */
const COMMAND_EVERY_MS = 500;
const WAITED_MS = 60_000;
const SUSPECTED = /PSK mismatch suspected/i;
const AGENT = programFile(join(import.meta.dirname, '../../apps/node-agent/src/main.ts'));
const MESHCTL = programFile(join(import.meta.dirname, '../../apps/cli/src/main.ts'));

interface PeerStatus {
  readonly node_id: string;
  readonly epoch_id: number | null;
  readonly epoch_id_there: number | null;
  readonly handshake_age_ms: number | null;
  readonly on_interface: boolean;
  readonly suspicion: string | null;
}

let startedMs: number;
let workDir: string;
let lab: Lab;
let mesh: Mesh<Name>;
/** For each of those ends, how long the controller can have known the pair when it suspected a mismatch. */
let endSlowPath: (() => void) | undefined;
let suspected: Promise<readonly number[]>;

async function command(host: string, entry: string, args: readonly string[]): Promise<string> {
  const { stdout } = await lab
    .node(host)
    .exec(process.execPath, ['--conditions=@mesh/source', entry, ...args]);
  return stdout;
}

const status = (name: Name, ...flags: readonly string[]) =>
  command(name, AGENT, ['status', '--config', mesh.node(name).configFile, ...flags]);

async function peerOf(name: Name, peer: Name): Promise<PeerStatus | undefined> {
  const { peers } = JSON.parse(await status(name, '--json')) as { peers: PeerStatus[] };
  return peers.find(({ node_id }) => node_id === peer);
}

const show = (name: Name, ...flags: readonly string[]) =>
  command('controller', MESHCTL, [
    ...['--socket', join(workDir, 'controller', 'admin.sock'), ...flags],
    ...['nodes', 'show', name],
  ]);

const pairOf = async (name: Name, peer: Name): Promise<NodeDetail['pairs'][number] | undefined> =>
  (await mesh.admin.node(name)).pairs.find(({ node_id }) => String(node_id) === peer);

/** Resolves with the longest time for which the controller can have known the pair when it suspected it. */
function untilSuspected(name: Name, peer: Name): Promise<number> {
  let unknownAtMs = Date.now();
  return until(`${name} and ${peer} to be suspected`, OVERDUE_MS + WAITED_MS, async () => {
    const askedMs = Date.now();
    const pair = await pairOf(name, peer);
    if (pair === undefined) unknownAtMs = askedMs;
    return pair?.suspicion === 'psk_mismatch' && pair.handshake_age_ms === null
      ? Date.now() - unknownAtMs
      : undefined;
  });
}

/** The line of a command's output about this peer. */
const lineOf = (text: string, peer: Name) =>
  text.split('\n').find((line) => new RegExp(`^ *${peer} .*(handshake|ago|never)`).test(line)) ?? '';

beforeAll(async () => {
  startedMs = Date.now();
  workDir = mkdtempSync(join(tmpdir(), 'pair-truth-'));
  lab = await createLab({
    prefix: 'truth',
    nodes: ['controller', ...NODES, 'between'],
    subnet: '10.89.0.0/24',
  });
  endSlowPath = await slowPath(lab.node('between'), {
    ends: [`${lab.node('a').address}:${PORTS.a}`, `${lab.node('b').address}:${PORTS.b}`],
    delayMs: DELAY_MS,
    loses: { every: 5, lengthBytes: PROBE_PACKET_BYTES },
  });
  const between = lab.node('between').address;
  mesh = await startMesh<Name>({
    controllerHost: lab.node('controller'),
    hosts: { a: lab.node('a'), b: lab.node('b'), wronged: lab.node('wronged') },
    workDir,
    epochSeconds: EPOCH_SECONDS,
    benchmarkSeconds: 20,
    services: [],
    tunnel: 'userspace',
    agentSettings: {
      a: { listen_port: PORTS.a, advertise: [between] },
      b: { listen_port: PORTS.b, advertise: [between] },
    },
    faults: {
      agents: {
        wronged: [
          {
            module: 'packages/wg-device/src/uapi/uapi-socket.ts',
            replacedBy: 'e2e/faults/wrong-keys.ts',
          },
        ],
      },
    },
  });
  suspected = Promise.all(WRONGED.map(([name, peer]) => untilSuspected(name, peer)));
  // One test awaits this. Its failure must not disturb the others before.
  suspected.catch(() => undefined);
});

afterAll(async () => {
  await mesh?.stop();
  endSlowPath?.();
  await lab?.destroy();
  rmSync(workDir, { recursive: true, force: true });
});

describe('a pair whose ends hold one key', () => {
  it('is shown with the applied epoch of both ends and the age of its handshake, by the controller and both agents', async () => {
    const pair = await until('both ends to report one epoch', 60_000, async () => {
      const known = await pairOf('a', 'b');
      const agree =
        known !== undefined && known.epoch_here !== null && known.epoch_here === known.epoch_there;
      return agree && known.handshake_age_ms !== null ? known : undefined;
    });
    const { epoch_id } = await mesh.admin.epoch();
    expect(epoch_id - Number(pair.epoch_here)).toBeLessThanOrEqual(1);
    expect(pair).toMatchObject({ node_id: 'b', suspicion: null });
    expect(pair.handshake_age_ms).toBeLessThan(Date.now() - startedMs);
    // The shown epoch rises, so the nodes have reported again.
    await until('a later epoch at both ends', WAITED_MS, async () => {
      const [here, there] = await Promise.all([pairOf('a', 'b'), pairOf('b', 'a')]);
      const later = [here?.epoch_here, here?.epoch_there, there?.epoch_here, there?.epoch_there];
      return later.every((epoch) => Number(epoch) > Number(pair.epoch_here)) ? true : undefined;
    });
    for (const [name, peer] of [['a', 'b'] as const, ['b', 'a'] as const]) {
      const seen = await until(
        `${name} to know one epoch at both ends`,
        WAITED_MS,
        async () => {
          const known = await peerOf(name, peer);
          const later = known !== undefined && Number(known.epoch_id) > Number(pair.epoch_here);
          return later && known.epoch_id_there === known.epoch_id ? known : undefined;
        },
        COMMAND_EVERY_MS,
      );
      expect(seen).toMatchObject({ on_interface: true, suspicion: null });
      expect(seen.handshake_age_ms).toBeLessThan(Date.now() - startedMs);
      const line = await until(
        'a line that says so',
        WAITED_MS,
        async () => {
          const said = lineOf(await status(name), peer);
          return /epoch \d+ at both ends/.test(said) ? said : undefined;
        },
        COMMAND_EVERY_MS,
      );
      expect(line).toMatch(/handshake \d+ s ago, /);
      expect(line).not.toMatch(SUSPECTED);
      const shown = lineOf(await show(name), peer);
      expect(shown).toMatch(/^\S+ +\d+ +\d+ +\d+ s ago/);
      expect(shown).not.toMatch(SUSPECTED);
    }
  });
});

describe('a pair whose ends hold different keys', () => {
  it('is suspected at both ends and at the controller once a first handshake is overdue, and not before', async () => {
    for (const waitedMs of await suspected) expect(waitedMs).toBeGreaterThan(OVERDUE_MS);
    for (const [name, peer] of WRONGED) {
      const seen = await until(
        `${name} to suspect it`,
        WAITED_MS,
        async () => {
          const known = await peerOf(name, peer);
          return known?.suspicion === 'psk_mismatch' ? known : undefined;
        },
        COMMAND_EVERY_MS,
      );
      expect(seen).toMatchObject({ on_interface: true, handshake_age_ms: null });
      expect(seen.epoch_id).not.toBeNull();
      expect(lineOf(await status(name), peer)).toMatch(SUSPECTED);
      expect(lineOf(await show(name), peer)).toMatch(/never .*PSK mismatch suspected/);
      const { pairs } = JSON.parse(await show(name, '--json')) as NodeDetail;
      expect(pairs.find(({ node_id }) => String(node_id) === peer)).toMatchObject({
        epoch_here: expect.any(Number),
        epoch_there: expect.any(Number),
        suspicion: 'psk_mismatch',
      });
    }
    // The keys were the cause: they differ on the interfaces, and the third pair works.
    const keys = async (name: Name) =>
      (await lab.node(name).exec('wg', ['show', INTERFACE, 'preshared-keys'])).stdout;
    const [here, there] = await Promise.all([keys('a'), keys('wronged')]);
    const keyOf = async (name: Name) => String((await mesh.admin.node(name)).wg_public_keys.a);
    const held = (text: string, key: string) =>
      text
        .split('\n')
        .find((line) => line.startsWith(key))
        ?.split('\t')[1];
    expect(held(here, await keyOf('wronged'))).toBeDefined();
    expect(held(here, await keyOf('wronged'))).not.toBe(held(there, await keyOf('a')));
    expect((await pairOf('a', 'b'))?.suspicion).toBeNull();
    expect(await peerOf('a', 'b')).toMatchObject({ suspicion: null });
  });
});

describe('what is measured of a pair', () => {
  /** Bytes received and sent, as `wg` counts them for the peer now. */
  async function transfer(name: Name, peer: Name): Promise<readonly [number, number]> {
    const key = String((await mesh.admin.node(peer)).wg_public_keys.a);
    const { stdout } = await lab.node(name).exec('wg', ['show', INTERFACE, 'transfer']);
    const line = stdout.split('\n').find((text) => text.startsWith(key)) ?? '';
    const [, received, sent] = line.split('\t').map(Number);
    return [received ?? Number.NaN, sent ?? Number.NaN];
  }

  const figuresOf = async () => (await mesh.admin.reach('a', 'b')).tunnel.map((end) => end?.figures ?? null);

  it('is the delay and the loss of its path, at both ends, by the controller and the agents', async () => {
    // A busy machine adds to what the path does, so this waits until it is less busy.
    await until('both ends to have measured it', 2 * WAITED_MS, async () => {
      const measured = (await figuresOf()).flatMap((figures) =>
        figures?.probes.state === 'measured' && figures.probes.sent === 20 ? [figures.probes] : [],
      );
      for (const { rtt_ms, worst_rtt_ms } of measured) {
        expect(rtt_ms).toBeGreaterThanOrEqual(2 * DELAY_MS - 2);
        expect(worst_rtt_ms).toBeGreaterThanOrEqual(Number(rtt_ms));
      }
      // Each fifth packet to b is lost: questions of a, and the answers to those of b.
      const agree = measured.filter(
        ({ rtt_ms, loss }) => Number(rtt_ms) < 4 * DELAY_MS && Number(loss) > 0.05 && Number(loss) < 0.4,
      );
      return agree.length === 2 ? true : undefined;
    });
    await until(
      'the agent to say so',
      WAITED_MS,
      async () =>
        /, rtt [23]\d\d\.\d ms \(at most \d+\.\d\), loss [1-3]?\d % of 20, /.test(
          lineOf(await status('a'), 'b'),
        )
          ? true
          : undefined,
      COMMAND_EVERY_MS,
    );
  });

  it('is the traffic that wg counts, with a rate', async () => {
    const [receivedBefore, sentBefore] = await transfer('a', 'b');
    const { peers } = JSON.parse(await status('a', '--json')) as {
      peers: { node_id: string; rx_bytes: number; tx_bytes: number }[];
    };
    const shown = peers.find(({ node_id }) => node_id === 'b');
    const traffic = await until('a report of it', WAITED_MS, async () => {
      const reported = (await figuresOf())[0]?.traffic;
      return reported != null && reported.received_bytes >= receivedBefore && reported.rates !== null
        ? reported
        : undefined;
    });
    const [receivedAfter, sentAfter] = await transfer('a', 'b');
    for (const received of [Number(shown?.rx_bytes), traffic.received_bytes]) {
      expect(received).toBeGreaterThanOrEqual(receivedBefore);
      expect(received).toBeLessThanOrEqual(receivedAfter);
    }
    for (const sent of [Number(shown?.tx_bytes), traffic.sent_bytes]) {
      expect(sent).toBeGreaterThanOrEqual(sentBefore);
      expect(sent).toBeLessThanOrEqual(sentAfter);
    }
    // Nothing but probes, keepalives and handshakes passes.
    expect(traffic.rates?.received).toBeGreaterThan(0);
    expect(traffic.rates?.received).toBeLessThan(5_000);
  });

  it('vanishes when a node is cut', async () => {
    await mesh.admin.quarantine('b', 'a test');
    expect(await figuresOf()).toEqual([null, null]);
    await until('the agent to know it', WAITED_MS, async () => ((await peerOf('a', 'b')) ? undefined : true));
    await until('its report', WAITED_MS, async () => ((await pairOf('a', 'b')) ? undefined : true));
  });
});
