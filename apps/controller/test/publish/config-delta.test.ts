// Deltas and removal notices, folded by the simplest possible client, always give the same as a full config:
// whatever happens, however rarely a client asks, and also with peer groups.

import { verifyConfig } from '@mesh/protocol';
import { DEFAULT_SUITE } from '@mesh/seal';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConfigModel,
  freezeNextEpoch,
  modelAfterNotice,
  modelOf,
  type OpenedAnswer,
  openNextEpoch,
  type TestNode,
} from '../support/index.ts';
import { type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const NAMES = ['node-a', 'node-b', 'node-c', 'node-d', 'node-e'];
const ACTIONS = [
  'good',
  'middling',
  'bad',
  'freeze',
  'epoch',
  'endpoint',
  'quarantine',
  'release',
  'leave',
  'reclass',
] as const;

const script = fc.array(
  fc.record({
    action: fc.constantFrom(...ACTIONS),
    node: fc.constantFrom(...NAMES),
    /** The nodes that ask for news afterwards. */
    asking: fc.subarray(NAMES),
  }),
  { minLength: 5, maxLength: 25 },
);

async function act(mesh: RunningMesh, action: (typeof ACTIONS)[number], node: TestNode): Promise<void> {
  const { admin } = mesh.controller;
  // An operation that does not fit the node's state is refused and changes nothing.
  const orNothing = (pending: Promise<unknown>) => pending.catch(() => undefined);
  if (action === 'good') {
    // This is far enough from the last result to count, and the next boundary does not move.
    await mesh.clock.advance(1);
    if (node.kems.length > 0) node.renewKem();
    await node.submit(0.9);
  } else if (action === 'middling') await node.submit(0.75);
  else if (action === 'bad') await node.submit(0.1);
  else if (action === 'freeze') await freezeNextEpoch(mesh.controller);
  else if (action === 'epoch') await openNextEpoch(mesh.controller);
  else if (action === 'leave') await node.leave();
  else if (action === 'reclass') {
    const classes = ['default', 'left', 'right'];
    const next = classes[Math.floor(mesh.clock.nowMs() / 1000) % classes.length] ?? '';
    await orNothing(admin.setClass(node.nodeId, next, 'test'));
  } else if (action === 'endpoint') {
    const host = Math.floor(mesh.clock.nowMs() / 1000) % 250;
    await node.client.reportEndpoint(node.endpoint([`192.0.2.${host + 1}`]));
  } else await orNothing(admin[action](node.nodeId, 'test'));
}

/** These take removal notices and batches; the others are agents of an earlier version. */
const NEWER: readonly string[] = ['node-b', 'node-c', 'node-d'];
let notices = 0;

function modelOfSigned(
  node: TestNode,
  { body, raw }: { readonly body: OpenedAnswer; readonly raw: object },
  held: ConfigModel | undefined,
): ConfigModel {
  expect(verifyConfig(raw, node.configPublicKey, node.enrolment.mesh_id)).toBe(true);
  return modelOf(body, held);
}

async function ask(node: TestNode, held: ConfigModel | undefined): Promise<ConfigModel> {
  const query = held === undefined ? {} : { version: held.version };
  if (NEWER.includes(node.nodeId)) {
    const answer = await node.configOrNotice(query);
    if (answer?.kind === 'notice') {
      notices += 1;
      return modelAfterNotice(answer.body, node.nodeId, held);
    }
    if (answer !== undefined) return modelOfSigned(node, answer, held);
  } else {
    const answer = await node.config(query);
    if (answer !== undefined) {
      expect(answer.raw).not.toHaveProperty('batch');
      return modelOfSigned(node, answer, held);
    }
  }
  if (held === undefined) throw new Error('nothing is held and nothing came');
  return held;
}

describe.each([
  ['a full mesh', {}, undefined],
  ['a full mesh with sealed keys', {}, DEFAULT_SUITE],
  [
    'peer groups',
    {
      policy: { classes: [{ name: 'left' }, { name: 'right' }] },
      peer_groups: { one: ['left', 'default'], two: ['right', 'default'], three: ['right'] },
    },
    undefined,
  ],
  [
    'a mesh with limits',
    {
      classes: { default: { limit_bits_per_second: 9_000_000 } },
      probation: { limit_bits_per_second: 1_000_000, epochs: 2 },
      policy: { declining: { below: 0.8, consecutiveClear: 2 }, minResultGapMs: 1 },
      declining: { limit_bits_per_second: 500_000 },
    },
    undefined,
  ],
])('in %s', (_what, config, sealing) => {
  let mesh: RunningMesh;
  const models = new Map<string, ConfigModel>();
  beforeAll(async () => {
    const grouped = 'peer_groups' in config;
    const classes = ['', '', ':left', ':left', ':right'];
    mesh = await runningMesh(
      NAMES.map((name, at) => (grouped ? `${name}${classes[at]}` : name)),
      config,
      sealing,
    );
  });
  afterAll(() => mesh[Symbol.asyncDispose]());

  it('folded deltas equal the full config', async () => {
    let deltas = 0;
    notices = 0;
    for (const name of NEWER) models.set(name, await ask(mesh.node(name), undefined));
    await mesh.node('node-e').submit(0.1);
    for (const name of NEWER) models.set(name, await ask(mesh.node(name), models.get(name)));
    // However the script goes, some removals came as notices.
    expect(notices).toBeGreaterThan(0);
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        for (const { action, node, asking } of steps) {
          await act(mesh, action, mesh.node(node));
          for (const name of asking) {
            const held = models.get(name);
            const next = await ask(mesh.node(name), held);
            if (held !== undefined && next.version !== held.version) deltas += 1;
            models.set(name, next);
          }
        }
        for (const name of NAMES) {
          const folded = await ask(mesh.node(name), models.get(name));
          models.set(name, folded);
          const full = await ask(mesh.node(name), undefined);
          expect(folded.allowed).toBe(full.allowed);
          expect(new Map([...folded.peers].sort())).toEqual(new Map([...full.peers].sort()));
          for (const [epochId, psks] of full.psks) {
            expect(new Map([...(folded.psks.get(epochId) ?? [])].sort())).toEqual(new Map([...psks].sort()));
          }
        }
      }),
      { numRuns: 8 },
    );
    expect(deltas).toBeGreaterThan(20);
  });
});
