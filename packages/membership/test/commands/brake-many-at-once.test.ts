// Denials of one moment together: the brake counts each of them once, and the mesh as it was before them.

import { foresee, freezeEpoch, heldNodes } from '@mesh/membership';
import { parseEpochId } from '@mesh/primitives';
import { type BrakeSettings, parsePolicy } from '@mesh/scoring';
import { describe, expect, it } from 'vitest';
import { Mesh, sha256 } from '../support/mesh.ts';

const brake: BrakeSettings = {
  share: 0.2,
  atLeast: 5,
  windowMs: 600_000,
  holdMs: 900_000,
  againAfterMs: 86_400_000,
};

/**
 * Nodes that are in, each with a better score than the one before, under a policy that none of them meets.
 */
function failingMesh(size: number): Mesh {
  const mesh = new Mesh();
  mesh.brake = brake;
  const ids = Array.from({ length: size }, (_, at) => `node-${at}`);
  for (const id of ids) mesh.enrol(id);
  for (const [at, id] of ids.entries()) mesh.run(mesh.submission(id, 0.75 + at / 1_000));
  mesh.freeze();
  mesh.policy = parsePolicy({ threshold: 0.95 });
  return mesh;
}

const freeze = freezeEpoch({
  epochId: parseEpochId(2),
  activateAtMs: Date.UTC(2030, 0, 2),
  commitment: `sha256:${sha256('epoch 2')}`,
  cause: 'boundary',
});
const out = (mesh: Mesh) =>
  [...mesh.state.nodes()].filter(({ membership }) => membership !== 'admitted').map(({ nodeId }) => nodeId);

describe('a freeze that denies every node', () => {
  it('cuts the share of the mesh that one cause may cut, and no more', () => {
    const mesh = failingMesh(50);
    mesh.run(freeze);
    expect(out(mesh)).toEqual(Array.from({ length: 10 }, (_, at) => `node-${at}`));
    expect(mesh.events.find(({ type }) => type === 'brake_engaged')).toMatchObject({ cut: 10, cap: 10 });
  });

  it('cuts on disk whom it cut before, while those cuts are in force already', () => {
    const mesh = failingMesh(50);
    const { urgent } = foresee(freeze, mesh.state, mesh.context());
    const cuts = new Map(
      urgent.flatMap((each) => (each.type === 'node_denied' ? [[each.nodeId, each.reason]] : [])),
    );
    const holds = new Map(urgent.flatMap((each) => (each.type === 'node_held' ? [[each.nodeId, each]] : [])));
    mesh.inFlight = { cuts, holds };
    mesh.run(freeze);
    mesh.inFlight = undefined;
    expect(out(mesh)).toEqual([...cuts.keys()]);
    expect(heldNodes(mesh.state, mesh.context()).map(({ nodeId }) => nodeId)).toEqual(
      [...holds.keys()].sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))),
    );
  });
});
