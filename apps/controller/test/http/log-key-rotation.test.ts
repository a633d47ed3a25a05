// Other keys take over the signing of the log's heads in a running controller: who can verify its heads
// meanwhile, who is waited for, and what a restart or a full disk finds.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ed25519SigningKey,
  openCheckpoint,
  parseVerifierKey,
  renderVerifierKey,
  type VerifierKey,
} from '@mesh/audit';
import type { ProblemError } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { enrolTestNode, startTestController, type TestController, until } from '../support/index.ts';
import { entriesOf, requestFor, signedBy } from '../support/officers.ts';
import { problemOf, runningMesh } from '../support/running-mesh.ts';

const reason = 'it is time';
const WITNESS = renderVerifierKey(
  ed25519SigningKey('witness.example/1', 'ed25519-cosignature', new Uint8Array(32).fill(7)).key,
);
const steps = ({ admin }: TestController) => ({
  prepare: () => admin.prepareLogKey({ reason }),
  finish: (force = false) => admin.finishLogKey({ reason, force }),
  abort: () => admin.abortLogKey({ reason }),
  status: () => admin.logKeyStatus(),
});
const secretNames = ({ db }: TestController) =>
  db.prepare("SELECT name FROM sealed_secrets WHERE name LIKE 'log%' ORDER BY name").pluck().all();
const noteOf = ({ running }: TestController) => running.services.publishedLog.checkpoint() ?? '';
const origin = async ({ admin }: TestController) => (await admin.logKey()).origin;

/** How many of these keys have signed the published head; what one of them verifies is verified. */
async function signers(controller: TestController, texts: readonly string[]): Promise<number> {
  const logKeys: readonly VerifierKey[] = texts.map(parseVerifierKey);
  try {
    return openCheckpoint(noteOf(controller), { origin: await origin(controller), logKeys }).signatures
      .length;
  } catch {
    return 0;
  }
}

const signaturesOf = (controller: TestController) => noteOf(controller).split('\n— ').length - 1;
const published = (controller: TestController, count: number) =>
  until(`a head with ${count} signatures`, () => signaturesOf(controller) === count);

/** Waits until the published head bears the signatures of the keys that are on their way now. */
const untilBothSign = (controller: TestController) =>
  until('a head by both pairs', async () => (await steps(controller).status()).is_published);

describe('a change of the log keys', () => {
  it('lets whoever knows either pair verify heads meanwhile, and is in the log', async () => {
    await using controller = await startTestController();
    const { prepare, finish, status } = steps(controller);
    await published(controller, 2);
    const first = (await status()).present;
    expect(await status()).toMatchObject({ next: null, is_published: false, not_confirmed: [] });
    const { next, present } = await prepare();
    const second = next ?? [];
    expect([present, second.length]).toEqual([first, 2]);
    // A head follows by itself.
    await untilBothSign(controller);
    expect([await signers(controller, first), await signers(controller, second)]).toEqual([2, 2]);
    expect((await controller.admin.logKey()).verifier_keys).toEqual([...first, ...second]);
    const enrolled = await enrolTestNode(controller, 'node-a', {});
    onTestFinished(() => enrolled.close());
    expect(enrolled.enrolment.log?.verifier_keys).toEqual([...first, ...second]);
    const told = async () =>
      (
        await enrolled.client.configOrNotice({
          instanceId: enrolled.instanceId,
          logSize: 0,
          asksForLog: true,
        })
      )?.body;
    expect(await told()).toMatchObject({
      log: { verifier_keys: [...first, ...second] },
      log_proof: { signatures: { length: 4 } },
    });
    expect(await status()).toMatchObject({ is_published: true });

    expect(await finish()).toMatchObject({ present: second, next: null });
    await published(controller, 2);
    expect([await signers(controller, first), await signers(controller, second)]).toEqual([0, 2]);
    expect(await told()).toMatchObject({
      log: { verifier_keys: second },
      log_proof: { signatures: { length: 2 } },
    });
    expect(secretNames(controller)).toHaveLength(1);
    const entries = (await controller.admin.log({ limit: 1000 })).entries.map(({ entry }) => entry);
    expect(entries.filter(({ type }) => String(type).startsWith('log_key_'))).toMatchObject([
      { type: 'log_key_prepared', data: { verifier_keys: [...first, ...second], actor: 'socket' } },
      { type: 'log_key_finished', data: { verifier_keys: second, not_confirmed: 0 } },
    ]);
  });

  it('does not start twice, is dropped by an abort, and can be made again after it', async () => {
    await using controller = await startTestController();
    const { prepare, abort, finish, status } = steps(controller);
    const first = (await status()).present;
    for (const step of [abort, finish])
      expect(await problemOf(step())).toMatchObject({ code: 'state_conflict' });
    const dropped = (await prepare()).next;
    expect(await problemOf(prepare())).toMatchObject({ code: 'state_conflict' });
    expect((await status()).next).toEqual(dropped);
    expect(await abort()).toMatchObject({ present: first, next: null });
    expect(secretNames(controller)).toEqual(['log', 'log-ml-dsa-44']);
    await prepare();
    await untilBothSign(controller);
    expect((await finish()).present).not.toEqual(first);
  });

  it('ends the keys before only when those after have signed what is published', async () => {
    await using controller = await startTestController({
      // Nobody answers there, so no head counts.
      config: {
        log: {
          witnesses: [{ url: 'http://127.0.0.1:1', keys: [WITNESS] }],
          required_cosignatures: 1,
        },
      },
    });
    const { prepare, finish, status } = steps(controller);
    await prepare();
    expect(await status()).toMatchObject({ is_published: false, not_confirmed: ['http://127.0.0.1:1'] });
    const refusal = await finish(true).catch((error: unknown) => error);
    expect((refusal as ProblemError).problem.detail).toMatch(/does not bear the signatures of the next keys/);
  });
});

describe('on disk', () => {
  it('each step is found again at the next start, and heads bear the same signatures', async () => {
    await using controller = await startTestController();
    const { prepare, finish, abort, status } = steps(controller);
    const isKept = async (signatures: number) => {
      await published(controller, signatures);
      const [before, said] = [noteOf(controller), await status()];
      await controller.restart();
      expect(await status()).toEqual(said);
      expect(signaturesOf(controller)).toBe(signatures);
      const size = (note: string) => Number(note.split('\n')[1]);
      expect(size(noteOf(controller))).toBeGreaterThanOrEqual(size(before));
    };
    await prepare();
    await isKept(4);
    await abort();
    await isKept(2);
    await prepare();
    await isKept(4);
    await finish();
    await isKept(2);
    await prepare();
    await isKept(4);
    await finish();
    expect(secretNames(controller)).toHaveLength(1);
  });

  it('a head that only ended keys have signed still stands in the folder, and starts nothing wrong', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mesh-log-folder-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    await using controller = await startTestController({ config: { log: { folder } } });
    const { prepare, finish } = steps(controller);
    const file = join(folder, 'checkpoint');
    await until('a checkpoint in the folder', () => existsSync(file));
    const old = readFileSync(file);
    await prepare();
    await untilBothSign(controller);
    await finish();
    // The folder was full meanwhile.
    await controller.stop();
    writeFileSync(file, old);
    await controller.start();
    expect((await steps(controller).status()).next).toBe(null);
  });

  it('keys that have ended, or were dropped, are overwritten in the files', async () => {
    await using controller = await startTestController();
    const { prepare, finish, abort } = steps(controller);
    const sealedOf = (name: string) =>
      controller.db.prepare('SELECT sealed FROM sealed_secrets WHERE name = ?').pluck().get(name) as Buffer;
    const holds = (sealed: Buffer) =>
      ['', '-wal'].some((end) => readFileSync(`${controller.db.name}${end}`).includes(sealed));
    const nextName = () => secretNames(controller).find((name) => String(name).endsWith('='));
    await prepare();
    const dropped = sealedOf(String(nextName()));
    expect(holds(dropped)).toBe(true);
    await abort();
    expect(holds(dropped)).toBe(false);
    const ended = ['log', 'log-ml-dsa-44'].map(sealedOf);
    await prepare();
    await untilBothSign(controller);
    expect(ended.map(holds)).toEqual([true, true]);
    await finish();
    expect(ended.map(holds)).toEqual([false, false]);
  });

  it('a disk that fails leaves everything as it was, at every step', async () => {
    await using controller = await startTestController();
    const { prepare, finish, abort, status } = steps(controller);
    const fails = async (step: () => Promise<unknown>) => {
      const before = await status();
      controller.failWrites(true);
      expect(await problemOf(step())).toMatchObject({ code: 'storage_unavailable' });
      controller.failWrites(false);
      expect(await status()).toEqual(before);
    };
    await fails(prepare);
    await prepare();
    await untilBothSign(controller);
    for (const step of [finish, abort]) await fails(step);
    await finish();
  });
});

describe('where there are officers', () => {
  it('each step takes a request of its own, for the keys as they are', async () => {
    await using mesh = await runningMesh([], { officers: entriesOf(['alice', 'bob']) });
    const { admin } = mesh.controller;
    const { prepare, finish, abort } = steps(mesh.controller);
    const sign = async (step: 'prepare' | 'finish' | 'abort') =>
      signedBy(
        await requestFor(mesh, { kind: 'log_key.rotate', parameters: { step, force: false } }),
        'alice',
        'bob',
      );
    expect(await problemOf(prepare())).toMatchObject({ code: 'officers_required' });
    const early = await sign('finish');
    await admin.submitRequest(await sign('prepare'));
    await prepare();
    expect(await problemOf(admin.submitRequest(early))).toMatchObject({ code: 'request_stale' });
    await mesh.clock.advance(1_000);
    await untilBothSign(mesh.controller);
    for (const step of [finish, abort])
      expect(await problemOf(step())).toMatchObject({ code: 'officers_required' });
    await admin.submitRequest(await sign('finish'));
    expect((await finish()).next).toBe(null);
  });
});
