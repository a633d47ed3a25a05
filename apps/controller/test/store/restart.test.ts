// Everything that is known of the mesh is known after a restart too: random runs of what agents, operators
// and officers do, each in whatever state the steps before it have left.

import {
  applyPendingPolicy,
  approveOrReject,
  type Command,
  changePolicy,
  createToken,
  deleteNode,
  denyStale,
  done,
  endBrake,
  endQuarantines,
  freezeEpoch,
  lastEpochId,
  type MeshView,
  officersAuthoriseClass,
  Peering,
  quarantineOrRevoke,
  rotateKeys,
  setClass,
  submitRequest,
  useAnnouncedKey,
  withdrawToken,
} from '@mesh/membership';
import { type EpochId, type NodeId, parseIdentityKey } from '@mesh/primitives';
import type { TokenId } from '@mesh/protocol';
import { parsePolicy } from '@mesh/scoring';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fakeKey, NOW, sha256 } from '../../../../packages/membership/test/support/mesh.ts';
import { requestFor, signedBy } from '../../../../packages/membership/test/support/officers.ts';
import { newDirectory, openJournal, removeDirectory } from '../support/journal.ts';

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => removeDirectory(directory));

type Opened = ReturnType<typeof openJournal>;
const byName = <T>(name: (each: T) => string, all: Iterable<T>) =>
  [...all].sort((a, b) => (name(a) < name(b) ? -1 : 1));

/** Everything that a view can be asked for. */
const snapshot = (view: MeshView) => ({
  nodes: byName(({ nodeId }) => nodeId, view.nodes()),
  tokens: byName(({ tokenId }) => tokenId, view.tokens()),
  epochs: view.epochs(),
  policies: view.policies(),
  recentCuts: byName(({ nodeId }) => nodeId, view.recentCuts()),
  admitted: view.admittedCount(),
  count: view.nodeCount(),
  deleted: [...view.deletedNodes()],
  officers: view.officers(),
  requests: byName(({ request }) => request.request_id, view.officerRequests()),
  classes: byName(({ name }) => name, view.classes()),
  owners: KEYS.map((key) => view.nodeWithKey(key)),
  spent: KEYS.map((key) => view.isKeySpent(key)),
});

const NODES = [0, 1, 2, 3].map((at) => `node-${at}` as NodeId);
const KEYS = NODES.flatMap((id) =>
  ['', '1', '2'].flatMap((life) =>
    ['identity of', 'a of', 'next identity of', 'next a of'].map((what) => fakeKey(`${what} ${id}${life}`)),
  ),
);
const actor = { kind: 'socket' } as const;
const why = 'x';
const brake = { share: 0.2, atLeast: 2, windowMs: 60_000, holdMs: 30_000, againAfterMs: 120_000 };
const rules = {
  allowedIds: undefined,
  mostByClass: new Map(),
  mostByAddress: undefined,
  needsApproval: false,
  limits: new Map(),
  peering: new Peering({}),
};
const policyOf = (threshold: number) => parsePolicy({ threshold, classes: [{ name: 'gpu' }] });

interface Step {
  readonly what: keyof typeof steps;
  readonly node: NodeId;
  readonly number: number;
}

/** A step gets the state as it is when it is made. */
const steps = {
  enrol: ({ mesh, state }, { node, number }) => {
    const life = String([...state.deletedNodes()].filter(({ nodeId }) => nodeId === node).length || '');
    const keys = { identity: `identity of ${node}${life}`, a: `a of ${node}${life}` };
    return mesh.enrolment(node, `token-${number % 3}`, keys);
  },
  good: ({ mesh }, { node }) => mesh.submission(node, 0.9),
  bad: ({ mesh }, { node, number }) =>
    mesh.submission(node, number / 20, { suite_version: `suite-${number % 2}` }),
  freeze: ({ state, clock }) =>
    freezeEpoch({
      epochId: (lastEpochId(state) + 1) as EpochId,
      activateAtMs: Math.floor(clock.nowMs()) + 1,
      commitment: `sha256:${sha256('x')}`,
      cause: 'boundary',
    }),
  boundary: ({ state }) => applyPendingPolicy((lastEpochId(state) + 1) as EpochId),
  'set policy': (_, { number }) =>
    changePolicy({ policy: policyOf(0.3 + number / 20), why, actor, atOnce: number % 2 === 1 }, () =>
      done([]),
    ),
  quarantine: (_, { node, number }) =>
    quarantineOrRevoke({
      change: 'quarantine',
      nodeId: node,
      why,
      actor,
      ...(number > 5 && { forMs: number * 1_000 }),
    }),
  release: (_, { node }) => quarantineOrRevoke({ change: 'release', nodeId: node, why, actor }),
  revoke: ({ mesh }, { node }) => revocationOf(mesh, node),
  delete: (_, { node }) => deleteNode({ nodeId: node, why, actor, longestLeaseMs: 1_000 }),
  approve: (_, { node }) => approveOrReject({ answer: 'approve', nodeId: node, why, actor }),
  reject: (_, { node }) => approveOrReject({ answer: 'reject', nodeId: node, why, actor }),
  'set class': (_, { node, number }) =>
    setClass(
      { nodeId: node, class: number % 2 === 0 ? 'gpu' : 'default', why, actor },
      rules,
      officersAuthoriseClass,
    ),
  announce: (_, { node }) =>
    rotation(node, { identityKey: parseIdentityKey(fakeKey(`next identity of ${node}`)) }),
  'use announced': (_, { node }) =>
    useAnnouncedKey(node, parseIdentityKey(fakeKey(`next identity of ${node}`))),
  'new wg key': (_, { node }) => rotation(node, { wgPublicKeys: { a: fakeKey(`next a of ${node}`) } }),
  'sign once': ({ mesh }, { number }) => classRequest(mesh, number, ['alice']),
  'sign twice': ({ mesh }, { number }) => classRequest(mesh, number, ['alice', 'bob']),
  'end brake': (_, { number }) =>
    endBrake({ decision: number % 2 === 0 ? 'cut' : 'release', forMs: 10_000, why, actor }, () => done([])),
  'end holds': () => denyStale(NODES),
  'end quarantines': () => endQuarantines(),
  'withdraw token': (_, { number }) => withdrawToken({ tokenId: `token-${number % 3}`, why, actor }),
} satisfies Record<string, (opened: Opened, step: Pick<Step, 'node' | 'number'>) => Command>;

const rotation = (
  nodeId: NodeId,
  over: { identityKey?: ReturnType<typeof parseIdentityKey>; wgPublicKeys?: { a: string } },
) =>
  rotateKeys({ nodeId, identityKey: undefined, wgPublicKeys: {}, mayInterrupt: true, ...over }, {
    rotation: 'in_place',
    timing: { epochMs: 60_000, freezeLeadMs: 1_000 },
  } as never);
const revocationOf = (mesh: Opened['mesh'], node: NodeId) =>
  submitRequest(
    signedBy(requestFor(mesh, { kind: 'node.revoke', parameters: { node_id: node } }), ['alice', 'bob']),
  );
const classRequest = (mesh: Opened['mesh'], number: number, names: string[]) => {
  const kind = number % 2 === 0 ? 'class.revoke' : 'class.release';
  return submitRequest(signedBy(requestFor(mesh, { kind, parameters: { class: 'gpu' } }), names));
};

const token = (at: number) =>
  createToken({
    tokenId: `token-${at}` as TokenId,
    secretHash: sha256(`secret of token-${at}`),
    uses: 50,
    class: at === 1 ? 'gpu' : 'default',
    nodeId: undefined,
    ttlMs: 86_400_000,
    actor,
    needsApproval: at === 2,
  });

async function newMesh(): Promise<Opened> {
  const opened = openJournal(directory, undefined, brake);
  const { journal, mesh } = opened;
  mesh.policy = policyOf(0.3);
  await journal.run(() =>
    done([
      {
        type: 'officers_set',
        officers: ['alice', 'bob'].map((name) => ({ name, publicKey: fakeKey(name) })),
        required: 2,
        actor,
      },
    ]),
  );
  for (const at of [0, 1, 2]) await journal.run(token(at));
  return opened;
}

/** @returns the problem or the error of a step that is refused */
async function take(opened: Opened, step: Step): Promise<string | undefined> {
  try {
    await opened.journal.run(steps[step.what](opened, step));
    return undefined;
  } catch (error) {
    return String(error);
  }
}

const step = fc.record({
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom<Step['what'][]>('enrol', 'good', 'freeze') },
    { weight: 5, arbitrary: fc.constantFrom(...(Object.keys(steps) as Step['what'][])) },
  ),
  node: fc.constantFrom(...NODES),
  number: fc.nat(11),
});

/** A run in which every step is carried out. */
const STORY = [
  ...[0, 1, 2].map((node) => ['enrol', node, 0] as const),
  ['enrol', 3, 2],
  ['approve', 3, 0],
  ...[0, 1, 2, 3].map((node) => ['good', node, 0] as const),
  ['freeze', 0, 0],
  // The first is cut, and the others are held.
  ...[0, 1, 2].map((node) => ['bad', node, 0] as const),
  ['end brake', 0, 1],
  ['end holds', 0, 0],
  ['set policy', 0, 3],
  ['boundary', 0, 0],
  ['set class', 3, 0],
  ['announce', 3, 0],
  ['use announced', 3, 0],
  ['new wg key', 3, 0],
  ['sign once', 0, 1],
  ['sign twice', 0, 0],
  ['quarantine', 0, 6],
  ['end quarantines', 0, 0],
  ['release', 0, 0],
  ['revoke', 1, 0],
  ['delete', 1, 0],
  ['enrol', 1, 2],
  ['reject', 1, 0],
  ['withdraw token', 0, 1],
] as const;
const story: Step[] = STORY.map(([what, node, number]) => ({ what, node: NODES[node] as NodeId, number }));

it('reads back everything, whatever had happened, also where several steps share a transaction', async () => {
  const taken = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 60, maxLength: 90 }),
      async (run) => {
        removeDirectory(directory);
        directory = newDirectory();
        let opened = await newMesh();
        for (const [at, together] of run.entries()) {
          opened.mesh.nowMs = NOW + at * 1_500;
          await opened.clock.advance(opened.mesh.nowMs - opened.clock.nowMs());
          const refusals = await Promise.all(together.map((each) => take(opened, each)));
          for (const [index, { what }] of together.entries())
            if (refusals[index] === undefined) taken.add(what);
          if (at % 6 !== 5) continue;
          const before = snapshot(opened.state);
          await opened.close();
          opened = openJournal(directory, undefined, brake);
          opened.mesh.policy = policyOf(0.3);
          expect(snapshot(opened.state)).toEqual(before);
        }
        await opened.close();
      },
    ),
    { numRuns: 15, examples: [[story.map((each) => [each])]] },
  );
  expect(Object.keys(steps).filter((what) => !taken.has(what))).toEqual([]);
});
