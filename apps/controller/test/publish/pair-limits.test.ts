// The limit of a pair depends on both ends and the epoch, and a change reaches both ends.

import { PairLimits } from '@mesh/membership';
import { type NodeId, parseEpochId } from '@mesh/primitives';
import { afterEach, describe, expect, it } from 'vitest';
import { Mesh } from '../../../../packages/membership/test/support/mesh.ts';
import { controllerConfig, policyOf } from '../../src/settings/config.ts';
import { freezeNextEpoch, openNextEpoch } from '../support/index.ts';
import { asDelta, fullConfig, type RunningMesh, runningMesh } from '../support/running-mesh.ts';

const SEVENTH = parseEpochId(7);
const node = (
  className: string,
  admittedSince: number,
  readmitted = false,
  declining = false,
  limited?: boolean,
) => ({
  nodeId: 'node' as NodeId,
  class: className,
  admittedSince: parseEpochId(admittedSince),
  readmitted,
  probationSince: undefined,
  declining,
  hold: limited === undefined ? undefined : { cause: 'any', untilMs: 0, limited },
});
const limits = new PairLimits({
  classes: new Map([
    ['small', 1_000],
    ['large', 9_000],
  ]),
  probation: { bitsPerSecond: 5_000, epochs: 3 },
  declining: 2_000,
  brake: 500,
});

describe('the limit of a pair', () => {
  it.each([
    ['no limit at either end', node('default', 1), node('default', 1), undefined],
    ['one end', node('small', 1), node('default', 1), 1_000],
    ['the lower of both', node('large', 1), node('small', 1), 1_000],
    ['probation below the class', node('large', 7, true), node('default', 1), 5_000],
    ['the class below probation', node('small', 7, true), node('default', 1), 1_000],
    ['a first admission is no probation', node('default', 7), node('default', 7), undefined],
    ['a declining end', node('default', 1, false, true), node('default', 1), 2_000],
    ['declining below probation and class', node('large', 7, true, true), node('large', 7, true), 2_000],
    ['the class below declining', node('small', 1, false, true), node('default', 1), 1_000],
    ['held by the brake, below all others', node('small', 7, true, true, true), node('small', 1), 500],
    ['released by officers', node('default', 1, false, false, false), node('default', 1), undefined],
    ['one end declining, the other small', node('large', 1, false, true), node('small', 1), 1_000],
  ])('%s', (_, one, other, expected) => {
    expect(limits.between(one, other, SEVENTH)).toBe(expected);
    expect(limits.between(other, one, SEVENTH)).toBe(expected);
  });

  it.each([
    [7, 5_000],
    [9, 5_000],
    [10, undefined],
    [11, undefined],
  ])('in epoch %i of a probation of three that began with epoch 7', (epochId, expected) => {
    expect(limits.between(node('default', 7, true), node('default', 1), parseEpochId(epochId))).toBe(
      expected,
    );
  });

  it('is that of probation too from the epoch in which a signal put the node on it', () => {
    const drifted = { ...node('default', 1), probationSince: SEVENTH };
    const at = (epochId: number) => limits.between(drifted, node('default', 1), parseEpochId(epochId));
    expect([7, 9, 10].map(at)).toEqual([5_000, 5_000, undefined]);
    expect(limits.probationEndsWith(drifted)).toBe(10);
    // The later of the two counts.
    expect(limits.probationEndsWith({ ...node('default', 9, true), probationSince: SEVENTH })).toBe(12);
  });

  it('without probation is that of the classes, even if a node came back', () => {
    const plain = new PairLimits({
      classes: new Map([['small', 1_000]]),
      probation: undefined,
      declining: undefined,
    });
    expect(plain.between(node('default', 7, true), node('default', 1), SEVENTH)).toBeUndefined();
    expect(plain.between(node('small', 7, true), node('default', 1), SEVENTH)).toBe(1_000);
    expect(plain.between(node('default', 1, false, true), node('default', 1), SEVENTH)).toBeUndefined();
  });

  it('is given with every cause, the lowest first', () => {
    expect(limits.of(node('default', 1), SEVENTH)).toEqual([]);
    expect(limits.of(node('large', 7, true, true), SEVENTH)).toEqual([
      { cause: 'declining', bitsPerSecond: 2_000 },
      { cause: 'probation', bitsPerSecond: 5_000 },
      { cause: 'class', bitsPerSecond: 9_000 },
    ]);
    expect(limits.of(node('small', 7, true, true), parseEpochId(10))).toEqual([
      { cause: 'class', bitsPerSecond: 1_000 },
      { cause: 'declining', bitsPerSecond: 2_000 },
    ]);
  });
});

describe('a membership', () => {
  it('counts as the first until a denial, and as one after a denial from then on', () => {
    const mesh = new Mesh();
    mesh.admit('node-a');
    expect(mesh.node('node-a').readmitted).toBe(false);
    mesh.run(mesh.submission('node-a', 0.1));
    expect(mesh.node('node-a')).toMatchObject({ membership: 'denied', readmitted: false });
    mesh.run(mesh.submission('node-a', 0.9));
    mesh.freeze();
    expect(mesh.node('node-a')).toMatchObject({ membership: 'admitted', readmitted: true });
  });

  it('that had to wait for its first good result counts as the first', () => {
    const mesh = new Mesh();
    mesh.enrol('node-a');
    mesh.run(mesh.submission('node-a', 0.1));
    mesh.freeze();
    mesh.run(mesh.submission('node-a', 0.9));
    mesh.freeze();
    expect(mesh.node('node-a')).toMatchObject({ membership: 'admitted', readmitted: false });
  });
});

describe('a configuration', () => {
  it.each([
    [{ classes: { smal: { limit_bits_per_second: 5 } } }, 'the policy has no class smal'],
    [{ peer_groups: { g: ['smal'] } }, 'the policy has no class smal'],
  ])('that names a class which the policy does not have is refused: %j', (input, message) => {
    expect(() => policyOf(controllerConfig.parse(input))).toThrow(message);
  });

  it.each([
    { classes: { default: { limit_bits_per_second: 0 } } },
    { classes: { default: { limit_bits_per_second: 1.5 } } },
    { classes: { default: { limit: 5 } } },
    { probation: { limit_bits_per_second: 5 } },
    { probation: { epochs: 5 } },
    { probation: { limit_bits_per_second: 5, epochs: 0 } },
  ])('with invalid limits is refused: %j', (input) => {
    expect(controllerConfig.safeParse(input).success).toBe(false);
  });
});

describe('a running controller', () => {
  let mesh: RunningMesh;
  afterEach(() => mesh[Symbol.asyncDispose]());

  const limitAt = async (name: string, peer: string) =>
    (await fullConfig(mesh.node(name))).peers.find(({ node_id }) => String(node_id) === peer)?.limit
      ?.bits_per_second;

  it('limits a node that came back at both ends of its pairs, and informs both when probation is over', async () => {
    mesh = await runningMesh(['node-a', 'node-b', 'node-c'], {
      probation: { limit_bits_per_second: 5_000_000, epochs: 2 },
    });
    expect(await limitAt('node-a', 'node-b')).toBeUndefined();
    await mesh.node('node-b').submit(0.1);
    await mesh.node('node-b').submit(0.9);
    await openNextEpoch(mesh.controller);
    const pairs = [
      ['node-a', 'node-b'],
      ['node-b', 'node-a'],
      ['node-c', 'node-b'],
    ] as const;
    for (const [name, peer] of pairs) expect(await limitAt(name, peer)).toBe(5_000_000);
    expect(await limitAt('node-a', 'node-c')).toBeUndefined();

    for (const node of Object.values(mesh.nodes)) await node.submit(0.9);
    await openNextEpoch(mesh.controller);
    expect(await limitAt('node-a', 'node-b')).toBe(5_000_000);
    const { version } = await fullConfig(mesh.node('node-a'));
    await freezeNextEpoch(mesh.controller);
    const delta = asDelta(await mesh.node('node-a').config({ version }));
    expect(delta.removed).toEqual([]);
    expect(delta.added.map(({ node_id, limit }) => [node_id, limit])).toEqual([['node-b', undefined]]);
    expect(await limitAt('node-b', 'node-a')).toBeUndefined();
  });

  it('limits by class', async () => {
    mesh = await runningMesh(['node-a', 'node-b:small', 'node-c:small'], {
      policy: { classes: [{ name: 'small' }] },
      classes: { default: { limit_bits_per_second: 8_000 }, small: { limit_bits_per_second: 3_000 } },
    });
    expect([await limitAt('node-a', 'node-b'), await limitAt('node-b', 'node-a')]).toEqual([3_000, 3_000]);
  });
});
