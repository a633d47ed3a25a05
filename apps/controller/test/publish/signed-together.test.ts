// The configs of an epoch, over the wire: nodes whose keys are ready together share a signature, each gets
// its own config, and agents of an earlier version get the form that they know.

import { verifyConfig, verifyMessage } from '@mesh/protocol';
import { DEFAULT_SUITE } from '@mesh/seal';
import { describe, expect, it } from 'vitest';
import { type RunningMesh, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const NEWER = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e'];
const OLDER = ['node-x', 'node-y'];
const NAMES = [...NEWER, ...OLDER];

/** What every node is told by the event that it waits for. */
async function tellAll(mesh: RunningMesh, cause: () => Promise<unknown>) {
  const open = await Promise.all(
    NAMES.map(async (name) => {
      const node = mesh.node(name);
      const version = (await node.config())?.body.version ?? '';
      return { name, node, version };
    }),
  );
  const answers = open.map(async ({ name, node, version }) => {
    const query = { version, waitSeconds: 25 };
    const answer = await (OLDER.includes(name) ? node.config(query) : node.configOrNotice(query));
    if (answer === undefined) throw new Error(`${name} was told nothing`);
    return { name, ...answer, raw: answer.raw as Record<string, unknown> };
  });
  await untilWaiting(mesh, NAMES.length);
  await cause();
  return Promise.all(answers);
}

describe('a new epoch', () => {
  it('is told to each node in its own config, and nodes that take batches share a signature', async () => {
    await using mesh = await runningMesh(NAMES, {}, DEFAULT_SUITE);
    const { configPublicKey, enrolment } = mesh.node('node-a');
    const told = await tellAll(mesh, () => mesh.controller.admin.rotate());
    for (const { name, body, raw } of told) {
      // The keys were opened with this node's own key.
      expect(body).toMatchObject({ node_id: name, keys: { suite: 'none' } });
      expect(verifyConfig(raw, configPublicKey, enrolment.mesh_id)).toBe(true);
      if (OLDER.includes(name)) {
        expect(raw).not.toHaveProperty('batch');
        expect(verifyMessage('config', raw, configPublicKey)).toBe(true);
      }
    }
    const newer = told.filter(({ name }) => NEWER.includes(name));
    expect(newer.map(({ raw }) => raw)).toEqual(
      NEWER.map(() => expect.objectContaining({ batch: expect.objectContaining({ size: NEWER.length }) })),
    );
    expect(new Set(newer.map(({ raw }) => raw.signature)).size).toBe(1);
    // Nobody can pass off the config of another as its own.
    const [a, b] = newer;
    expect(verifyConfig({ ...a?.raw, batch: b?.raw.batch }, configPublicKey, enrolment.mesh_id)).toBe(false);
  });

  it('is not told in batches while keys are not sealed', async () => {
    await using mesh = await runningMesh(NAMES, { insecure_unsealed_keys: true });
    const told = await tellAll(mesh, () => mesh.controller.admin.rotate());
    for (const { raw } of told) {
      expect(raw).not.toHaveProperty('batch');
      expect(verifyMessage('config', raw, mesh.node('node-a').configPublicKey)).toBe(true);
    }
  });
});

describe('a denial', () => {
  it('is told to the denied node alone, in no batch: others could guess its reason from a hash', async () => {
    await using mesh = await runningMesh(NAMES, {}, DEFAULT_SUITE);
    const told = await tellAll(mesh, () => mesh.node('node-c').submit(0.1));
    const denied = told.find(({ name }) => name === 'node-c');
    expect(denied?.body).toMatchObject({ allowed: false });
    for (const { raw } of told) expect(raw).not.toHaveProperty('batch');
  });
});
