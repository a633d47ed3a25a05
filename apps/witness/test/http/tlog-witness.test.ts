// What C2SP tlog-witness asks of a witness, over HTTP.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openCheckpoint, parseVerifierKey, readCosignatures } from '@mesh/audit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { logKey, ORIGIN, secondLogKey, strangersKey, TestLog } from '../support/log.ts';
import { TestWitness } from '../support/witness.ts';

const log = new TestLog();
const textOf = (note: string) => note.slice(0, note.indexOf('\n\n') + 1);

describe('a witness', () => {
  let witness: TestWitness;
  beforeAll(async () => {
    witness = await new TestWitness().start();
    await witness.add(log.growth(0, 5));
  });
  afterAll(() => witness.end());
  const trustOf = () => ({
    origin: ORIGIN,
    logKeys: [logKey.key],
    witnessKeys: witness.verifierKeys.map(parseVerifierKey),
  });

  it('cosigns growth with both keys at its own time, and shows the cosigned checkpoint to anybody', async () => {
    const checkpoint = log.checkpoint(8, [logKey, strangersKey, secondLogKey]);
    const answer = await witness.add(log.growth(5, 8, checkpoint));
    expect(answer.status).toBe(200);
    const lines = readCosignatures(await answer.text(), textOf(checkpoint), trustOf().witnessKeys);
    expect(lines).toHaveLength(2);
    const shown = await witness.read();
    expect(shown.headers.get('content-type')).toMatch(/^text\/plain/);
    const note = await shown.text();
    const opened = openCheckpoint(note, trustOf());
    expect(opened.checkpoint).toMatchObject({ size: 8, root: log.root(8) });
    const seconds = Math.floor(witness.clock.nowMs() / 1000);
    expect(opened.cosignatures.map(({ timeSeconds }) => timeSeconds)).toEqual([seconds, seconds]);
    // Both signatures of the log, and not the stranger's.
    expect(note.split('\n').filter((line) => line.startsWith('— '))).toHaveLength(4);
  });

  it('gives a head that is sent again the cosignatures that it has, and after 30 s new ones', async () => {
    const again = () => witness.add(log.growth(8, 8)).then((answer) => answer.text());
    const first = await again();
    expect(await again()).toBe(first);
    await witness.clock.advance(31_000);
    const later = readCosignatures(await again(), textOf(log.checkpoint(8)), trustOf().witnessKeys);
    expect(later).toHaveLength(2);
    expect(await again()).not.toBe(first);
  });

  const forked = new TestLog({ forkedFrom: 8 });
  const shrunk = new TestLog({ forkedFrom: 3 });
  it.each([
    ['a size that is not the cosigned one', 409, log.growth(5, 9)],
    ['a log that starts again', 409, log.growth(0, 3)],
    ['another root of the cosigned size', 409, shrunk.growth(8, 8)],
    ['a fork with a proof of its own', 422, shrunk.growth(8, 12)],
    ['a fork with the proof of the log', 422, log.growth(8, 12, forked.checkpoint(12))],
    ['an old size above the new one', 400, log.growth(5, 6).replace('old 5', 'old 8')],
    ['a body without a form', 400, 'old\n'],
    ['a checkpoint without a form', 400, 'old 8\n\nno checkpoint\n'],
    ['a body that is not UTF-8', 400, Uint8Array.of(0xff, 0xfe)],
    ['a signature of a stranger', 403, log.growth(8, 9, log.checkpoint(9, [strangersKey]))],
    ['another size than the one signed', 403, log.growth(8, 9).replace('\n9\n', '\n10\n')],
    ['a log that is not followed', 404, new TestLog({ origin: 'other.example' }).growth(0, 1)],
    ['16,385 bytes', 413, 'a'.repeat(16_385)],
  ])('answers %s with %i, and signs nothing', async (_, status, body) => {
    const before = await (await witness.read()).text();
    const answer = await witness.add(body);
    expect(answer.status).toBe(status);
    expect(await answer.text()).not.toContain('—');
    expect(await (await witness.read()).text()).toBe(before);
  });

  it('tells a log that has fallen behind the size that it knows', async () => {
    const answer = await witness.add(log.growth(0, 9));
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('text/x.tlog.size');
    expect(await answer.text()).toBe('8\n');
  });

  it('keeps both checkpoints of a log that has signed two of one size, and says so', () => {
    const folder = join(witness.directory, 'data/evidence');
    const [file, ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    const kept = JSON.parse(readFileSync(join(folder, file as string), 'utf8'));
    const roots = [kept.cosigned, kept.refused].map((note) => openCheckpoint(note, trustOf()).checkpoint);
    expect(roots).toMatchObject([
      { size: 8, root: log.root(8) },
      { size: 8, root: shrunk.root(8) },
    ]);
    expect(witness.lines.join('')).toContain('two checkpoints of one size');
  });

  it('knows no checkpoint of another log, and has nothing else to give', async () => {
    expect((await witness.read('other.example')).status).toBe(404);
    expect((await fetch(`${witness.url}/etc/passwd`)).status).toBe(404);
    expect((await fetch(`${witness.url}/add-checkpoint`)).status).toBe(404);
    expect(await (await fetch(`${witness.url}/healthz`)).json()).toEqual({ status: 'ok' });
  });

  it('remembers after a restart', async () => {
    await witness.stop();
    await witness.start();
    expect((await witness.add(log.growth(0, 9))).status).toBe(409);
    expect((await witness.add(log.growth(8, 9))).status).toBe(200);
  });
});

describe('limits', () => {
  let witness: TestWitness;
  afterEach(() => witness.end());

  it('of an address count its requests, and behind a trusted proxy those of the address that it names', async () => {
    const limits = { address_per_minute: 2, log_per_minute: 60 };
    witness = await new TestWitness().start({ limits, trusted_proxies: ['::FFFF:127.0.0.1'] });
    const ask = (forwarded: string) =>
      witness.add('old\n', { 'x-forwarded-for': forwarded }).then(({ status }) => status);
    expect([await ask('192.0.2.1'), await ask('192.0.2.1'), await ask('192.0.2.1')]).toEqual([400, 400, 429]);
    // What stands before the proxy's own entry is the caller's, who could name anybody.
    expect(await ask('192.0.2.7, 192.0.2.1')).toBe(429);
    expect(await ask('192.0.2.2')).toBe(400);
    await witness.end();
    witness = await new TestWitness().start({ limits });
    expect([await ask('192.0.2.1'), await ask('192.0.2.2'), await ask('192.0.2.3')]).toEqual([400, 400, 429]);
  });

  it('of a log count its heads, which nobody else can use up', async () => {
    const limits = { address_per_minute: 600, log_per_minute: 2 };
    witness = await new TestWitness().start({ limits });
    const statusOf = (body: string) => witness.add(body).then(({ status }) => status);
    expect(await statusOf(log.growth(0, 1))).toBe(200);
    for (let times = 0; times < 3; times++) {
      expect(await statusOf(log.growth(1, 2, log.checkpoint(2, [strangersKey])))).toBe(403);
      expect(await statusOf(log.growth(1, 1))).toBe(200);
    }
    expect(await statusOf(log.growth(1, 2))).toBe(200);
    const refused = await witness.add(log.growth(2, 3));
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '60']);
    await witness.clock.advance(60_000);
    expect(await statusOf(log.growth(2, 3))).toBe(200);
  });
});
