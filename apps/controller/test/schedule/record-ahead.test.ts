// Thousands of nodes that come or go at one boundary are recorded some at a time. Everything else has its
// turn between the parts, a denial first.

import type { MeshEvent } from '@mesh/membership';
import { freezeEpoch, MembershipIndex, PairLimits, Peering, quarantineOrRevoke } from '@mesh/membership';
import { parseEpochId, parseIdentityKey, parseNodeId } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import { parseIpAddress } from '@mesh/wg';
import { describe, expect, it } from 'vitest';
import { fakeKey, Mesh } from '../../../../packages/membership/test/support/mesh.ts';
import { Publication } from '../../src/publish/publication.ts';
import { Waiters } from '../../src/publish/waiters.ts';
import { recordAhead } from '../../src/schedule/record-ahead.ts';

const EPOCH = parseEpochId(1);
const idOf = (at: number) => parseNodeId(`node-${at}`);

/** Enrolled nodes with good benchmarks, and a judge that records each command in a turn of its own. */
function crowd(count: number) {
  const mesh = new Mesh();
  mesh.token('t', { uses: count });
  for (let at = 0; at < count; at++) {
    mesh.apply({
      type: 'node_enrolled',
      nodeId: idOf(at),
      tokenId: 't' as TokenId,
      class: 'default',
      identityKey: parseIdentityKey(fakeKey(`identity of ${at}`)),
      wgPublicKeys: { a: fakeKey(`a of ${at}`) },
      endpoint: { listen_ports: { a: 51_820 }, advertise: [] },
      observedAddress: undefined,
      addresses: [parseIpAddress(`10.77.${at >> 8}.${at & 255}`)],
    });
    mesh.run(mesh.submission(idOf(at), 0.9));
  }
  const waiters = new Waiters();
  const members = new MembershipIndex(new Peering({}));
  const publication = new Publication({
    view: mesh.state,
    members,
    waiters,
    pairLimits: new PairLimits({ classes: new Map(), probation: undefined, declining: undefined }),
    endpointOf: () => null,
    counterStart: 0,
  });
  const batches: (readonly MeshEvent[])[] = [];
  const run = async (command: Parameters<Mesh['run']>[0]): Promise<readonly MeshEvent[]> => {
    await new Promise((resolve) => setImmediate(resolve));
    const { events } = mesh.run(command);
    batches.push(events);
    publication.apply(events);
    return events;
  };
  const ports = { view: mesh.state, context: () => mesh.context(), judge: { run } };
  const open = () =>
    run(
      freezeEpoch({ epochId: EPOCH, activateAtMs: mesh.nowMs + 5_000, commitment: 'c', cause: 'boundary' }),
    );
  const admitted = () => [...mesh.state.nodes()].filter(({ membership }) => membership === 'admitted').length;
  return { mesh, members, publication, waiters, batches, run, ports, open, admitted };
}

describe('a boundary', () => {
  it('at which few nodes change is left to the freeze', async () => {
    const { ports, batches } = crowd(128);
    await recordAhead(ports, EPOCH);
    expect(batches).toEqual([]);
  });

  it('at which many come is recorded in parts of 128, in the order of the nodes, and published at once', async () => {
    const { ports, batches, members, mesh, open, admitted, publication } = crowd(600);
    const version = publication.currentVersion();
    await recordAhead(ports, EPOCH);
    expect(batches.map((events) => events.length)).toEqual([128, 128, 128, 128, 88]);
    expect(batches.flat().map((event) => 'nodeId' in event && event.nodeId)).toEqual(
      Array.from({ length: 600 }, (_, at) => idOf(at)),
    );
    expect(admitted()).toBe(600);
    // Nobody is in, and nobody is told, before the epoch is opened.
    expect([...members.peersOf(mesh.node('node-0'))]).toEqual([]);
    expect(publication.currentVersion()).toBe(version);
    expect((await open()).map(({ type }) => type)).toEqual(['epoch_opened']);
    expect([...members.peersOf(mesh.node('node-0'))]).toHaveLength(599);
    expect(publication.newsFor(mesh.node('node-0'), version)).toEqual({ kind: 'everything' });
  });

  it('lets a denial between its parts be told at once', async () => {
    const { ports, mesh, waiters, run, open, batches, members } = crowd(1_500);
    const told: string[] = [];
    const recording = recordAhead(ports, EPOCH).then(() => told.push('recorded'));
    while (batches.length < 1) await new Promise((resolve) => setImmediate(resolve));
    void waiters.add(idOf(1), undefined).woken.then(() => told.push('node-1'));
    await run(
      quarantineOrRevoke({
        change: 'quarantine',
        nodeId: idOf(1),
        why: 'a test',
        actor: { kind: 'socket' },
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual(['node-1']);
    await recording;
    await open();
    expect(members.isIn(mesh.node('node-1'))).toBe(false);
    expect(members.isIn(mesh.node('node-2'))).toBe(true);
  });

  it('whose recording fails half-way keeps what was recorded for the next try', async () => {
    const { ports, batches, open, admitted } = crowd(600);
    const failing = {
      ...ports,
      judge: {
        run: (command: Parameters<typeof ports.judge.run>[0]) =>
          batches.length === 1 ? Promise.reject(new Error('the disk is full')) : ports.judge.run(command),
      },
    };
    await expect(recordAhead(failing as never, EPOCH)).rejects.toThrow('the disk is full');
    expect(admitted()).toBe(128);
    await recordAhead(ports as never, EPOCH);
    await open();
    expect(admitted()).toBe(600);
    expect(batches.map((events) => events.length)).toEqual([128, 128, 128, 128, 88, 1]);
  });
});
