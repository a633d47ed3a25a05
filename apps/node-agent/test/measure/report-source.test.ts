// A result file as a source: what is sent of it, how it is dated, and what happens when it changes.

import { createHash } from 'node:crypto';
import { renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readWhole } from '../../src/measure/child/read-report-file.ts';
import { resultOfFile } from '../../src/measure/child/report-result.ts';
import { createReportSource, type ReportSourceOptions } from '../../src/measure/sources/report-source.ts';
import type { PerformJob } from '../../src/measure/sources/service-process.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { codeOf, measure, NOW, serviceProcess } from '../support/measure-fixtures.ts';

const DAY_MS = 86_400_000;

/** What the process does, without the process. */
const inThisProcess: PerformJob = async (job, _signal, file) => {
  if (job.kind !== 'report' || file === undefined) throw new Error('no job with a file');
  return resultOfFile(job.path, readWhole(file, job.path), job);
};

function setup(text: string, changes: Partial<ReportSourceOptions> = {}) {
  const path = join(temporaryDirectory(), 'out.json');
  const write = (content: string, atMs = NOW) => {
    writeFileSync(path, content);
    utimesSync(path, atMs / 1_000, atMs / 1_000);
  };
  write(text);
  const source = createReportSource({
    path,
    format: 'json',
    map: { overall: '$.rate', 'overall:samples': '$.n' },
    maxAgeMs: DAY_MS,
    suiteVersion: 's',
    perform: inThisProcess,
    fromWallMs: (ms) => ms,
    controllerNowMs: () => NOW,
    ...changes,
  });
  return { path, write, source };
}

const at = (ms: number) => JSON.stringify({ rate: 0.5, n: 40, t: new Date(ms).toISOString() });
const timed = { map: { overall: '$.rate', ':time': '$.t' } };

describe('a result file', () => {
  it('is read by an unprivileged process, and gives scores, samples, its digest and its harness', async () => {
    const text = '{"rate":0.75,"n":40}';
    const { source } = setup(text, { perform: serviceProcess(20_000) });
    expect(await measure(source, 'c9')).toEqual({
      measuredAtMs: NOW,
      suiteVersion: 's',
      scores: { overall: 0.75 },
      samples: { overall: 40 },
      evidence: {
        sha256: createHash('sha256').update(text).digest('hex'),
        media_type: 'application/json',
        harness: 'JSON',
      },
      challenge: 'c9',
    });
  });

  it('that does not give every mapped score gives none, and says which is missing', async () => {
    const { source } = setup('{"rate":0.75,"n":40}', { map: { overall: '$.rate', honesty: '$.honesty' } });
    const failure = measure(source);
    await expect(failure).rejects.toThrow(/out\.json: honesty: the file holds nothing at "\$\.honesty"$/);
    expect(await codeOf(failure)).toBe('unscored');
  });

  it('that is truncated, about another model, missing or no file is a failed measurement', async () => {
    const { source, write } = setup('{"rate":0.75,"n":4');
    expect(await codeOf(measure(source))).toBe('unscored');
    write('{"rate":0.75,"n":40}');
    expect(await codeOf(measure(setup('{"rate":1,"n":1}', { model: 'other' }).source))).toBe('unscored');
    expect(await codeOf(measure(setup('', { path: '/none' }).source))).toBe('unreadable');
    expect(await codeOf(measure(setup('', { path: '/tmp' }).source))).toBe('unreadable');
    expect(await measure(source)).toMatchObject({ scores: { overall: 0.75 } });
  });

  it('names the model and the standard errors in its notes', async () => {
    const log = {
      version: 2,
      status: 'success',
      eval: { model: 'openai/x' },
      results: {
        total_samples: 4,
        completed_samples: 4,
        scores: [{ name: 'g', metrics: { accuracy: { value: 0.5 }, stderr: { value: 0.25 } } }],
      },
    };
    const { source } = setup(JSON.stringify(log), { format: 'inspect', map: { overall: 'g.accuracy' } });
    expect((await measure(source)).notes).toBe('model openai/x; standard errors: overall 0.250');
  });

  describe('is dated', () => {
    it('by the time that it states, unless it was last changed before that', async () => {
      const before = setup(at(NOW - 5_000), timed);
      expect((await measure(before.source)).measuredAtMs).toBe(NOW - 5_000);
      const after = setup(at(NOW + 60_000), timed);
      expect((await measure(after.source)).measuredAtMs).toBe(NOW);
    });

    it('by its last change on the controller’s clock where it states none, once for each change', async () => {
      let offsetMs = 1_000;
      const { source, write } = setup('{"rate":0.5,"n":40}', { fromWallMs: (ms) => ms + offsetMs });
      expect((await measure(source)).measuredAtMs).toBe(NOW + 1_000);
      offsetMs = 1_300;
      expect((await measure(source)).measuredAtMs).toBe(NOW + 1_000);
      write('{"rate":0.5,"n":40}', NOW + 7_000);
      expect((await measure(source)).measuredAtMs).toBe(NOW + 8_300);
    });

    it('and is no measurement when it is older than is allowed', async () => {
      for (const [ageMs, code] of [
        [DAY_MS, undefined],
        [DAY_MS + 1, 'unscored'],
      ] as const) {
        const done = await codeOf(measure(setup(at(NOW - ageMs), timed).source));
        expect(typeof done === 'string' ? done : undefined).toBe(code);
      }
    });
  });

  describe('that changes while it is read', () => {
    it('in its place is a failed measurement, and the next one reads it whole', async () => {
      let meanwhile: (() => void) | undefined = () => write('{"rate":1,"n":4000}', NOW + 1);
      const { source, write } = setup('{"rate":0.25,"n":40}', {
        perform: (...job) => {
          meanwhile?.();
          meanwhile = undefined;
          return inThisProcess(...job);
        },
      });
      const failure = measure(source);
      await expect(failure).rejects.toThrow(/was changed while it was read/);
      expect(await codeOf(failure)).toBe('unreadable');
      expect(await measure(source)).toMatchObject({ scores: { overall: 1 }, samples: { overall: 4_000 } });
    });

    it('by another that takes its name gives the whole one before', async () => {
      const { source, path } = setup('{"rate":0.25,"n":40}', {
        perform: (...job) => {
          writeFileSync(`${path}.new`, '{"rate":1,"n":4000}');
          renameSync(`${path}.new`, path);
          return inThisProcess(...job);
        },
      });
      expect(await measure(source)).toMatchObject({ scores: { overall: 0.25 }, measuredAtMs: NOW });
    });
  });
});
