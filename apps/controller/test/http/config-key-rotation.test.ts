// Another key takes over the signing of configs in a running mesh: nodes that are told in time, agents that
// know nothing of it, a node that was away, and what a restart or a full disk finds.

import { readFileSync } from 'node:fs';
import { type ConfigKeyStatus, type ProblemError, verifyMessage } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigKeyReader } from '../support/config-key-reader.ts';
import { enrolTestNode, startTestController, type TestController, until } from '../support/index.ts';
import { entriesOf, requestFor, signedBy } from '../support/officers.ts';
import { problemOf, type RunningMesh, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const reason = 'it is time';
const steps = ({ admin }: TestController) => ({
  prepare: (delay_seconds = 0) => admin.prepareConfigKey({ reason, delay_seconds }),
  switch: (force = false) => admin.switchConfigKey({ reason, force }),
  finish: () => admin.finishConfigKey({ reason }),
  abort: () => admin.abortConfigKey({ reason }),
  status: () => admin.configKeyStatus(),
});
const readers = (mesh: RunningMesh, ...names: string[]) =>
  names.map((name) => new ConfigKeyReader(mesh.node(name)));
const secretNames = ({ db }: TestController) =>
  db.prepare("SELECT name FROM sealed_secrets WHERE name LIKE 'config%' ORDER BY name").pluck().all();
const notConfirmed = async (controller: TestController) =>
  (await steps(controller).status()).not_confirmed.map(String);

/** Reads until the controller has noted that this node knows the newest list. */
async function confirm(reader: ConfigKeyReader): Promise<void> {
  const { controller, nodeId } = reader.node;
  await reader.read();
  await reader.read();
  await until(`${nodeId} to be noted`, async () => !(await notConfirmed(controller)).includes(nodeId));
}

/** Changes the key with nobody to wait for. @returns the new one */
async function changeKey(controller: TestController): Promise<string> {
  const { prepare, switch: switchOver, finish } = steps(controller);
  await prepare();
  await switchOver(true);
  return (await finish()).config_key;
}

describe('a change of the config key', () => {
  it('is told, confirmed, made and ended, and each node follows it', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller } = mesh;
    const { prepare, switch: switchOver, finish } = steps(controller);
    const [a, b] = readers(mesh, 'node-a', 'node-b') as [ConfigKeyReader, ConfigKeyReader];
    const first = mesh.node('node-a').enrolment.config_public_key;

    const told = await prepare(60);
    const next = String(told.next_config_key);
    expect(told).toMatchObject({ config_key: first, not_confirmed: ['node-a', 'node-b'] });
    expect(Date.parse(String(told.next_from)) - mesh.clock.nowMs()).toBe(60_000);
    // The answer alone confirms nothing: it may have been lost.
    expect(await a.read()).toBe(first);
    expect(await notConfirmed(controller)).toEqual(['node-a', 'node-b']);
    await confirm(a);
    await mesh.clock.advance(60_000);
    const refusal = await switchOver().catch((error: unknown) => error);
    expect((refusal as ProblemError).problem.detail).toMatch(/^node-b: have not confirmed/);
    await confirm(b);
    expect(await a.read()).toBe(first);

    const switched = await switchOver();
    expect(switched).toMatchObject({ config_key: next, previous_config_key: first, next_config_key: null });
    expect([await a.read(), await b.read()]).toEqual([next, next]);
    expect(secretNames(controller)).toEqual(['config', `config-${next}`]);

    expect(await finish()).toMatchObject({ config_key: next, previous_config_key: null });
    expect(secretNames(controller)).toEqual([`config-${next}`]);
    expect([await a.read(), a.trust.next]).toEqual([next, undefined]);
    const entries = (await controller.admin.log({ limit: 1000 })).entries.map(({ entry }) => entry);
    const lists = entries.filter(({ type }) => String(type).startsWith('config_key_'));
    expect(lists).toMatchObject([
      { type: 'config_key_prepared', data: { list: { present: first, next: { public_key: next } } } },
      { type: 'config_key_confirmed', node_id: 'node-a' },
      { type: 'config_key_confirmed', node_id: 'node-b' },
      { type: 'config_key_switched', data: { config_key: first, next_config_key: next, not_confirmed: 0 } },
      { type: 'config_key_finished', data: { list: { present: next } } },
    ]);
  });

  it('costs nothing before and after it: configs name no lists to a node that knows them', async () => {
    await using mesh = await runningMesh(['node-a']);
    const [a] = readers(mesh, 'node-a') as [ConfigKeyReader];
    expect((await a.ask())?.body).not.toHaveProperty('config_key_lists');
    await changeKey(mesh.controller);
    expect((await a.ask())?.body).toHaveProperty('config_key_lists.length', 2);
    await a.read();
    expect((await a.ask())?.body).not.toHaveProperty('config_key_lists');
  });

  it('does not start twice, and is dropped by an abort, before the switch alone', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { controller } = mesh;
    const { prepare, abort, switch: switchOver, status } = steps(controller);
    const [a] = readers(mesh, 'node-a') as [ConfigKeyReader];
    const first = (await status()).config_key;
    await prepare();
    expect(await problemOf(prepare())).toMatchObject({ code: 'state_conflict' });
    await confirm(a);
    expect(await abort()).toMatchObject({ config_key: first, next_config_key: null });
    expect(secretNames(controller)).toEqual(['config']);
    expect([await a.read(), a.trust.next]).toEqual([first, undefined]);
    await prepare();
    await confirm(a);
    const { config_key: second } = await switchOver();
    expect(await problemOf(abort())).toMatchObject({ code: 'state_conflict' });
    expect([second === first, await a.read()]).toEqual([false, second]);
  });
});

describe('an agent that knows nothing of it', () => {
  it('is served as ever until the switch, is counted, and is left behind only by force', async () => {
    await using mesh = await runningMesh(['node-a']);
    const { prepare, switch: switchOver } = steps(mesh.controller);
    const old = mesh.node('node-a');
    const isGood = async () => {
      const answer = await old.config();
      expect(answer?.raw).not.toHaveProperty('config_key_lists');
      return verifyMessage('config', answer?.raw ?? {}, old.configPublicKey);
    };
    await prepare();
    expect(await isGood()).toBe(true);
    expect(await notConfirmed(mesh.controller)).toEqual(['node-a']);
    expect(await problemOf(switchOver())).toMatchObject({ code: 'state_conflict' });
    expect(await isGood()).toBe(true);
    await switchOver(true);
    expect(await isGood()).toBe(false);
  });
});

describe('a node that was away', () => {
  it('finds its way from the first key to the third with one answer', async () => {
    await using mesh = await runningMesh(['node-a']);
    const [a] = readers(mesh, 'node-a') as [ConfigKeyReader];
    await changeKey(mesh.controller);
    // What was dropped in between is no part of the way.
    await steps(mesh.controller).prepare();
    await steps(mesh.controller).abort();
    const third = await changeKey(mesh.controller);
    await mesh.controller.restart();
    a.node.reconnect();
    expect((await a.ask())?.body).toHaveProperty('config_key_lists.length', 3);
    expect(await a.read()).toBe(third);
  });

  it('gets a removal as a delta with the lists, where others get the notice', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b', 'node-c']);
    const { prepare, switch: switchOver } = steps(mesh.controller);
    const [a, b] = readers(mesh, 'node-a', 'node-b') as [ConfigKeyReader, ConfigKeyReader];
    await prepare();
    await confirm(a);
    const { config_key: next } = await switchOver(true);
    const version = String((await a.ask())?.body.version);
    const waiting = [a, b].map((reader) => reader.ask({ version, waitSeconds: 25 }));
    await untilWaiting(mesh, 2);
    await mesh.node('node-c').submit(0.1);
    const [forA, forB] = await Promise.all(waiting);
    expect(forA?.body).not.toHaveProperty('node_id');
    expect(forB?.body).toMatchObject({ node_id: 'node-b', removed: ['node-c'], config_key_lists: [{}] });
    expect([forA && a.take(forA), forB && b.take(forB)]).toEqual([next, next]);
  });
});

describe('a node that enrols meanwhile', () => {
  it('trusts the keys of its moment, whatever its agent knows', async () => {
    await using controller = await startTestController();
    const { prepare, switch: switchOver, finish } = steps(controller);
    const enrolled = async (name: string) => {
      const node = await enrolTestNode(controller, name, {});
      onTestFinished(() => node.close());
      return new ConfigKeyReader(node);
    };
    const keyOf = ({ node }: ConfigKeyReader) => node.enrolment.config_public_key;
    await prepare();
    const early = await enrolled('node-a');
    const { config_key: next } = await switchOver(true);
    const late = await enrolled('node-b');
    expect([keyOf(early) === next, keyOf(late)]).toEqual([false, next]);
    for (const reader of [early, late]) expect(await reader.read()).toBe(next);
    await finish();
    for (const reader of [early, late, await enrolled('node-c')]) {
      expect(await reader.read()).toBe(next);
      expect(reader.trust).toMatchObject({ next: undefined });
    }
  });
});

describe('on disk', () => {
  it('each step is found again at the next start, with who has confirmed', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller } = mesh;
    const [a] = readers(mesh, 'node-a') as [ConfigKeyReader];
    const isKept = async (said: ConfigKeyStatus) => {
      await controller.restart();
      a.node.reconnect();
      expect(await steps(controller).status()).toEqual(said);
      expect(await a.read()).toBe(said.config_key);
    };
    await steps(controller).prepare();
    await confirm(a);
    await isKept(await steps(controller).status());
    expect(await notConfirmed(controller)).toEqual(['node-b']);
    await isKept(await steps(controller).switch(true));
    await isKept(await steps(controller).finish());
    await steps(controller).prepare();
    await isKept(await steps(controller).abort());
  });

  it('a key that has ended, or was dropped, is overwritten in the files', async () => {
    await using controller = await startTestController();
    const { prepare, switch: switchOver, finish, abort } = steps(controller);
    const sealedOf = (name: string) =>
      controller.db.prepare('SELECT sealed FROM sealed_secrets WHERE name = ?').pluck().get(name) as Buffer;
    const holds = (sealed: Buffer) =>
      ['', '-wal'].some((end) => readFileSync(`${controller.db.name}${end}`).includes(sealed));
    const dropped = sealedOf(`config-${(await prepare()).next_config_key}`);
    expect(holds(dropped)).toBe(true);
    await abort();
    expect(holds(dropped)).toBe(false);
    const ended = sealedOf('config');
    await prepare();
    await switchOver();
    expect(holds(ended)).toBe(true);
    await finish();
    expect(holds(ended)).toBe(false);
  });

  it('a disk that fails leaves everything as it was, at every step', async () => {
    await using controller = await startTestController();
    const fails = async (step: () => Promise<unknown>) => {
      const before = await steps(controller).status();
      controller.failWrites(true);
      expect(await problemOf(step())).toMatchObject({ code: 'storage_unavailable' });
      controller.failWrites(false);
      expect(await steps(controller).status()).toEqual(before);
    };
    const { prepare, switch: switchOver, finish, abort } = steps(controller);
    await fails(prepare);
    await prepare();
    for (const step of [switchOver, abort]) await fails(step);
    await switchOver();
    await fails(finish);
    await controller.restart();
    expect((await steps(controller).finish()).previous_config_key).toBe(null);
  });
});

describe('where there are officers', () => {
  it('each step takes a request of its own, for the state as it is', async () => {
    await using mesh = await runningMesh([], { officers: entriesOf(['alice', 'bob']) });
    const { admin } = mesh.controller;
    const { prepare, switch: switchOver, finish } = steps(mesh.controller);
    const sign = async (step: 'prepare' | 'switch' | 'finish') =>
      signedBy(
        await requestFor(mesh, { kind: 'config_key.rotate', parameters: { step, force: false } }),
        'alice',
        'bob',
      );
    expect(await problemOf(prepare())).toMatchObject({ code: 'officers_required' });
    const early = await sign('switch');
    await admin.submitRequest(await sign('prepare'));
    await prepare();
    expect(await problemOf(admin.submitRequest(early))).toMatchObject({ code: 'request_stale' });
    for (const step of [() => switchOver(), () => steps(mesh.controller).abort()])
      expect(await problemOf(step())).toMatchObject({ code: 'officers_required' });
    await admin.submitRequest(await sign('switch'));
    await switchOver();
    await admin.submitRequest(await sign('finish'));
    await finish();
    expect(await problemOf(prepare())).toMatchObject({ code: 'officers_required' });
  });
});
