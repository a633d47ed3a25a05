// Each part runs alone, in its short form, and gives a rate and a cost. How much it costs is not a test's
// business.

import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type SeededMesh, seedMesh } from '../../src/controller/seed-mesh.ts';
import { commitName, commitRows } from '../../src/limits/commit-parts.ts';
import {
  SIGN,
  signOnLoop,
  VERIFY_ON_LOOP,
  verifyOnLoop,
  verifyOnPool,
} from '../../src/limits/ed25519-parts.ts';
import { exchangeBytes } from '../../src/limits/exchange-parts.ts';
import { LIBSODIUM, TWO_LIBSODIUM, verifyByLibsodium } from '../../src/limits/libsodium-parts.ts';
import { type Part, type PartFigures, repeat, repeatTogether, startParts } from '../../src/limits/part.ts';
import { SAMPLE_ANSWER, type SampleMessage, sampleMessage } from '../../src/limits/sample-message.ts';
import { canonicalText, parseText, writeText } from '../../src/limits/text-parts.ts';

const TURN_MS = 5;
let mesh: SeededMesh;
let sample: SampleMessage;

beforeAll(async () => {
  mesh = await seedMesh({ nodes: 2, identities: 2 });
  sample = sampleMessage(mesh);
});
afterAll(() => mesh.remove());

async function figuresOf(part: Part): Promise<PartFigures> {
  try {
    return await part.run();
  } finally {
    await part.close?.();
  }
}

function expectFigures({ perSecond, cpuMicros }: PartFigures): void {
  expect(perSecond).toBeGreaterThan(0);
  expect(Number.isFinite(perSecond)).toBe(true);
  expect(cpuMicros).toBeGreaterThan(0);
  expect(Number.isFinite(cpuMicros)).toBe(true);
}

describe('a part gives a rate and a cost', () => {
  it.each([VERIFY_ON_LOOP, SIGN])('%s', async (name) => {
    const part = [verifyOnLoop(sample, TURN_MS), signOnLoop(sample, TURN_MS)].find(
      (one) => one.name === name,
    );
    expectFigures(await figuresOf(part as Part));
  });

  it('verification on the pool, with one and with two in flight', async () => {
    const parts = verifyOnPool(sample, TURN_MS);
    expect(parts).toHaveLength(2);
    for (const part of parts) expectFigures(await figuresOf(part));
  });

  it.each([LIBSODIUM, TWO_LIBSODIUM] as const)('%s', async (name) => {
    expectFigures(await figuresOf(await verifyByLibsodium(name, sample, TURN_MS)));
  });

  it.each(['socket', 'tls', 'http'] as const)('an exchange: %s', async (kind) => {
    const exchange = { request: sample.request, answer: SAMPLE_ANSWER, connections: 2 };
    expectFigures(await figuresOf(await exchangeBytes(kind, exchange, mesh, TURN_MS)));
  });

  it.each([1, 16])('a commit of %d rows', async (rows) => {
    expectFigures(await figuresOf(commitRows(rows, sample, TURN_MS)));
  });

  it('the text of a message', async () => {
    for (const part of [parseText, canonicalText, writeText])
      expectFigures(await figuresOf(part(sample.text, TURN_MS)));
  });
});

describe('a part measures nothing', () => {
  const forged = () => ({ ...sample, signature: Uint8Array.from(sample.signature).fill(1, 0, 8) });

  it('if node:crypto refuses the signature', async () => {
    await expect(verifyOnLoop(forged(), TURN_MS).run()).rejects.toThrow('nothing was measured');
    for (const part of verifyOnPool(forged(), TURN_MS))
      await expect(part.run()).rejects.toThrow('nothing was measured');
  });

  it('if libsodium refuses the signature', async () => {
    await expect(verifyByLibsodium(LIBSODIUM, forged(), TURN_MS)).rejects.toThrow('nothing was measured');
  });
});

describe('rows of a commit', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mesh-bench-test-'));
    vi.stubEnv('TMPDIR', folder);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });

  it('are written to the temporary folder, which is left empty', async () => {
    const part = commitRows(2, sample, TURN_MS);
    await part.run();
    const [made = ''] = readdirSync(folder);
    expect(existsSync(join(folder, made, 'commits.db-wal'))).toBe(true);
    await part.close?.();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are named by their number', () => {
    expect(commitName(1)).not.toBe(commitName(16));
    expect(commitName(16)).toContain('16');
  });
});

describe('the figures of repeated work', () => {
  it('count each operation', () => {
    let calls = 0;
    const { perSecond, cpuMicros } = repeat(TURN_MS, () => {
      calls += 1;
    });
    expect(calls).toBeGreaterThan(0);
    expect(perSecond).toBeGreaterThan(0);
    expect(cpuMicros).toBeGreaterThan(0);
  });

  it('count what every worker did, each one operation at a time', async () => {
    let calls = 0;
    let inFlight = 0;
    let most = 0;
    const work = async () => {
      calls += 1;
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise(setImmediate);
      inFlight -= 1;
    };
    const { operations } = await repeatTogether(TURN_MS, [work, work, work]);
    expect(operations).toBe(calls);
    expect(most).toBe(3);
  });
});

describe('parts that are started together', () => {
  it('are closed if one of them does not start', async () => {
    const closed: string[] = [];
    const part = (name: string): Part => ({
      name,
      run: () => Promise.reject(new Error('not run')),
      close: async () => void closed.push(name),
    });
    const failing = () => Promise.reject<Part>(new Error('no such server'));
    await expect(startParts([part('first'), () => part('second'), failing])).rejects.toThrow(
      'no such server',
    );
    expect(closed).toEqual(['second', 'first']);
  });
});
