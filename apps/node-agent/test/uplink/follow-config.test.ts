import { generateKeyPairSync } from 'node:crypto';
import { waitUntil } from '@mesh/host/test-kit';
import { parseMeshId, parseNodeId } from '@mesh/primitives';
import { problem } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import { configBody, enrolledMember, newKemKeys, startController } from '../support/agent-fixtures.ts';
import { type Answer, refusal } from '../support/fake-answers.ts';
import { MESH_ID } from '../support/fake-controller.ts';
import { follow, script, statedLeases } from '../support/follow-answers.ts';
import { pskOf } from '../support/plan-fixtures.ts';
import { scriptedFollower } from '../support/scripted-follower.ts';
import { sealKeys } from '../support/seal-keys.ts';

const ok = (body: object): Answer => ({ status: 200, body });
const delta = (base: string, version: string, removed: readonly string[]) => {
  const { interface: _interface, peers: _peers, keys: _keys, ...common } = configBody(version, []);
  return { ...common, base, removed, added: [] };
};

describe('following the config', () => {
  it('asks first without waiting, then waits with the version that it has, over one kept connection', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    script(controller, [
      () => ok(controller.signConfig(configBody('v1', ['a', 'b']))),
      () => ok(controller.signConfig(delta('v1', 'v2', ['b']))),
      () => ({ status: 304 }),
    ]);
    const { heard, failures } = follow(controller, member);
    await waitUntil('the fourth query', () => controller.requests.length === 4);
    const common = {
      instance: 'instance-1',
      notices: '1',
      batch: '1',
      config_key_list: '0',
      slots: '1',
      exams: '1',
      log: '1',
      log_size: '0',
    };
    const waiting = { wait: '25s', ...common, stream: '1' };
    expect(controller.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      common,
      { version: 'v1', ...waiting },
      { version: 'v2', ...waiting },
      { version: 'v2', ...waiting },
    ]);
    expect(new Set(controller.requests.map(({ connection }) => connection)).size).toBe(1);
    expect(heard.map((answer) => answer.config && [...answer.config.peers.keys()])).toEqual([
      ['a', 'b'],
      ['a'],
      undefined,
    ]);
    // A 304 renews the lease with its last length.
    expect(heard[2]).toEqual({ leaseSeconds: 180, faults: [] });
    expect(failures).toEqual([]);
  });

  it('accepts a longer lease from a delta that changes nothing else, and keeps its peers', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    script(controller, [
      () => ok(controller.signConfig(configBody('v1', ['a', 'b']))),
      () => ok(controller.signConfig({ ...delta('v1', 'v1', []), lease_seconds: 1980 })),
      () => ({ status: 304 }),
    ]);
    const { heard, failures } = follow(controller, member);
    await waitUntil('the fourth query', () => controller.requests.length === 4);
    expect(statedLeases(heard)).toEqual([180, 1980, 1980]);
    expect([...(heard[1]?.config?.peers.keys() ?? [])]).toEqual(['a', 'b']);
    expect(controller.requests.map(({ query }) => query.get('version'))).toEqual([null, 'v1', 'v1', 'v1']);
    expect(failures).toEqual([]);
  });

  it('learns the clock from the answer that did not wait', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    script(controller, [
      () => ok(controller.signConfig(configBody('v1', [], { server_time_ms: Date.now() + 60_000 }))),
    ]);
    const { heard, controllerClock } = follow(controller, member);
    await waitUntil('the first answer', () => heard.length === 1);
    expect(controllerClock.offset()?.offsetMs).toBeGreaterThan(59_000);
    expect(controllerClock.offset()?.offsetMs).toBeLessThan(61_000);
  });

  it('asks without waiting, and learns the clock again, after the answer to a waiting query contradicted it', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const later = { server_time_ms: Date.now() + 3_600_000 };
    script(controller, [
      () => ok(controller.signConfig(configBody('v1', ['a', 'b']))),
      () => ok(controller.signConfig(delta('v1', 'v2', []))),
      () => ok(controller.signConfig({ ...delta('v2', 'v3', []), ...later })),
      () => ok(controller.signConfig(configBody('v3', ['a', 'b'], later))),
    ]);
    const { heard, controllerClock } = follow(controller, member);
    await waitUntil('the fifth query', () => controller.requests.length === 5);
    expect(controller.requests.map(({ query }) => query.get('version'))).toEqual([
      null,
      'v1',
      'v2',
      null,
      'v3',
    ]);
    expect(Math.abs((controllerClock.offset()?.offsetMs ?? 0) - 3_600_000)).toBeLessThan(60_000);
    expect([...(heard.at(-1)?.config?.peers.keys() ?? [])]).toEqual(['a', 'b']);
  });

  it('ignores a config that another key signed, that was changed, or that is for another node', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const stranger = generateKeyPairSync('ed25519').privateKey;
    const signed = controller.signConfig(configBody('v1', ['a']));
    const forged: object[] = [
      controller.signConfig(configBody('v1', ['a']), stranger),
      { ...signed, lease_seconds: 99_999 },
      controller.signConfig({ ...configBody('v1', ['a']), node_id: 'other' }),
      controller.signConfig({ ...configBody('v1', ['a']), mesh_id: 'other-mesh' }),
    ];
    script(controller, [...forged.map((body) => () => ok(body)), () => ok(signed)]);
    const { heard, failures } = follow(controller, member);
    await waitUntil('the honest config', () => heard.length === 1);
    expect(failures.map(({ code }) => code)).toEqual(['untrusted', 'untrusted', 'untrusted', 'untrusted']);
    expect(heard[0]?.config?.version).toBe('v1');
  });

  it('carries out the removals of a delta that does not fit, and asks for the whole config again', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    script(controller, [
      () => ok(controller.signConfig(configBody('v1', ['a', 'b']))),
      () => ok(controller.signConfig(delta('v7', 'v8', ['a']))),
      () => ok(controller.signConfig(configBody('v9', ['b']))),
    ]);
    const { heard } = follow(controller, member);
    await waitUntil('the fresh config', () => heard.length === 3);
    expect(heard.map((answer) => [...(answer.config?.peers.keys() ?? [])])).toEqual([
      ['a', 'b'],
      ['b'],
      ['b'],
    ]);
    expect(controller.requests[2]?.query.has('version')).toBe(false);
  });

  it('continues with its old version after the controller was gone', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    script(controller, [() => ok(controller.signConfig(configBody('v1', ['a'])))]);
    const { heard, failures } = follow(controller, member);
    await waitUntil('the waiting query', () => controller.requests.length === 2);
    await controller.pause();
    await waitUntil('several failures', () => failures.length >= 3);
    script(controller, [() => ({ status: 304 })]);
    await controller.resume();
    await waitUntil('the answer after', () => heard.length === 2);
    expect(failures.slice(0, 3).map(({ failures: count }) => count)).toEqual([1, 2, 3]);
    expect(controller.requests.at(2)?.query.get('version')).toBe('v1');
  });

  it('reports a refusal of the controller by its code', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    script(controller, [() => refusal(problem('instance_conflict', 'another agent is running'))]);
    const { failures } = follow(controller, member);
    await waitUntil('the refusal', () => failures.length === 1);
    expect(failures[0]).toMatchObject({ code: 'instance_conflict', failures: 1 });
  });

  it('abandons a query that is never answered', async () => {
    const { clock, failures } = scriptedFollower();
    await clock.advance(9_999);
    expect(failures).toEqual([]);
    await clock.advance(1);
    expect(failures).toMatchObject([{ code: 'unreachable' }]);
  });
});

describe('sealed keys', () => {
  const sealedConfig = (version: string, kemPublicKey: string, psks: object) =>
    configBody(version, ['a', 'b'], {
      keys: sealKeys(kemPublicKey, JSON.stringify({ current: { epoch_id: 4, psks } }), {
        meshId: parseMeshId(MESH_ID),
        nodeId: parseNodeId('self'),
        version,
      }),
    });
  const psks = { a: pskOf(4, 'a'), b: pskOf(4, 'b'), gone: pskOf(4, 'gone') };

  it('are opened, and those without a peer in the config are dropped', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const kemKeys = newKemKeys();
    script(controller, [() => ok(controller.signConfig(sealedConfig('v1', kemKeys.forSubmission(), psks)))]);
    const { heard } = follow(controller, member, kemKeys);
    await waitUntil('the config', () => heard.length === 1);
    expect(heard[0]).toMatchObject({ keys: 'opened', faults: [] });
    const [set] = heard[0]?.config?.keySets ?? [];
    expect([...(set?.psks ?? [])].map(([id, { presharedKey }]) => [id, presharedKey])).toEqual([
      ['a', psks.a],
      ['b', psks.b],
    ]);
  });

  it('that cannot be opened affect nothing else: peers and removals count, held keys stay, and the next full config has everything', async () => {
    const controller = await startController();
    const member = await enrolledMember(controller);
    const kemKeys = newKemKeys();
    const lost = newKemKeys().forSubmission();
    script(controller, [
      () => ok(controller.signConfig(configBody('v1', ['a', 'b', 'c']))),
      () => ok(controller.signConfig(sealedConfig('v2', lost, psks))),
    ]);
    const { heard, failures, follower } = follow(controller, member, kemKeys);
    await waitUntil('both', () => heard.length === 2);
    await waitUntil('the third query', () => controller.requests.length === 3);
    expect(heard[1]).toMatchObject({ keys: 'lost', faults: [] });
    expect([...(heard[1]?.config?.peers.keys() ?? [])]).toEqual(['a', 'b']);
    expect([...(heard[1]?.config?.keySets[0]?.psks.keys() ?? [])]).toEqual(['a', 'b']);
    script(controller, [() => ok(controller.signConfig(sealedConfig('v3', kemKeys.forSubmission(), psks)))]);
    // The current blocking query is abandoned for one that asks for the whole config.
    follower.refetch();
    await waitUntil('the full config', () => heard.length === 3);
    expect(controller.requests[3]?.query.has('version')).toBe(false);
    expect(heard[2]).toMatchObject({ keys: 'opened', faults: [] });
    expect(failures).toEqual([]);
  });
});
