// Events of one commit are published one after the other, but the records are already those after all of
// them.

import { deleteNode, MembershipIndex, PairLimits, Peering, quarantineOrRevoke } from '@mesh/membership';
import { parseNodeId } from '@mesh/primitives';
import { describe, expect, it } from 'vitest';
import { Mesh } from '../../../../packages/membership/test/support/mesh.ts';
import { Publication } from '../../src/publish/publication.ts';
import { Waiters } from '../../src/publish/waiters.ts';

function published() {
  const mesh = new Mesh();
  for (const nodeId of ['node-a', 'node-b']) mesh.admit(nodeId);
  const members = new MembershipIndex(new Peering({}));
  const publication = new Publication({
    view: mesh.state,
    members,
    waiters: new Waiters(),
    pairLimits: new PairLimits({ classes: new Map(), probation: undefined, declining: undefined }),
    endpointOf: () => null,
    counterStart: 0,
  });
  /** Runs these and publishes all their events at once. */
  const commit = (...runs: (() => unknown)[]) => {
    const before = mesh.events.length;
    for (const run of runs) run();
    publication.apply(mesh.events.slice(before));
  };
  const change = (of: 'quarantine' | 'release' | 'revoke') =>
    mesh.run(
      quarantineOrRevoke({
        change: of,
        nodeId: parseNodeId('node-b'),
        why: 'a test',
        actor: { kind: 'socket' },
      }),
    );
  const news = (nodeId: string, version: string) => publication.newsFor(mesh.node(nodeId), version);
  commit(() => mesh.freeze());
  return { mesh, members, publication, commit, change, news };
}

describe('a node that is admitted in the same commit as', () => {
  it('its release, is published to its peers and to itself', () => {
    const { mesh, publication, commit, change, news } = published();
    commit(() => change('quarantine'));
    commit(() => mesh.freeze());
    const version = publication.currentVersion();
    commit(
      () => change('release'),
      () => mesh.freeze(),
    );
    expect(mesh.node('node-b').membership).toBe('admitted');
    expect(news('node-a', version)).toMatchObject({ kind: 'difference', changed: ['node-b'] });
    expect(news('node-b', version)).toEqual({ kind: 'everything' });
  });

  it('its benchmark, is published to its peers and to itself', () => {
    const { mesh, publication, commit, news } = published();
    commit(() => mesh.run(mesh.submission('node-b', 0.1)));
    commit(() => mesh.freeze());
    const version = publication.currentVersion();
    commit(
      () => mesh.run(mesh.submission('node-b', 0.9)),
      () => mesh.freeze(),
    );
    expect(mesh.node('node-b').membership).toBe('admitted');
    expect(news('node-a', version)).toMatchObject({ kind: 'difference', changed: ['node-b'] });
    expect(news('node-b', version)).toEqual({ kind: 'everything' });
  });
});

it('a node that is revoked and deleted in the same commit leaves nothing behind', () => {
  const { mesh, members, publication, commit, change } = published();
  const node = mesh.node('node-b');
  publication.cut(node, { code: 'revoked' });
  commit(
    () => change('revoke'),
    () =>
      mesh.run(deleteNode({ nodeId: 'node-b', why: 'a test', actor: { kind: 'socket' }, longestLeaseMs: 1 })),
  );
  expect(mesh.state.node('node-b')).toBeUndefined();
  expect(members.isIn(node)).toBe(false);
  expect([...members.unconfirmedCuts()]).toEqual([]);
});
