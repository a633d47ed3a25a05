import { execFileSync } from 'node:child_process';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileSource } from '../../src/measure/sources/file-source.ts';
import { temporaryDirectory } from '../support/agent-fixtures.ts';
import { codeOf, measure, NOW } from '../support/measure-fixtures.ts';

describe('a file', () => {
  const sourceAt = (path: string) =>
    createFileSource({ path, suiteVersion: 's', fromWallMs: (ms) => ms + 1_000 });

  it('is dated by its last change, on the controller’s clock, and read again each time', async () => {
    const path = join(temporaryDirectory(), 'scores.json');
    writeFileSync(path, '{"scores":{"overall":0.4}}');
    utimesSync(path, NOW / 1_000, NOW / 1_000);
    expect(await measure(sourceAt(path))).toMatchObject({
      measuredAtMs: NOW + 1_000,
      scores: { overall: 0.4 },
    });
    writeFileSync(path, '{"scores":{"overall":0.9}}');
    expect(await measure(sourceAt(path))).toMatchObject({ scores: { overall: 0.9 } });
  });

  describe('that is read again', () => {
    const setup = () => {
      const path = join(temporaryDirectory(), 'scores.json');
      let offsetMs = 1_000;
      const source = createFileSource({ path, suiteVersion: 's', fromWallMs: (ms) => ms + offsetMs });
      const write = (atMs: number, overall = 0.4) => {
        writeFileSync(path, `{"scores":{"overall":${overall}}}`);
        utimesSync(path, atMs / 1_000, atMs / 1_000);
      };
      const readWith = async (nextOffsetMs: number) => {
        offsetMs = nextOffsetMs;
        return (await measure(source)).measuredAtMs - NOW;
      };
      write(NOW);
      return { write, readWith };
    };

    it('and was not changed is the same measurement, however the estimate of the clock moves', async () => {
      const { readWith } = setup();
      const dates: number[] = [];
      for (const offsetMs of [1_000, 1_007, 993, 3_000, -1_000]) dates.push(await readWith(offsetMs));
      expect(dates).toEqual([1_000, 1_000, 1_000, 1_000, 1_000]);
    });

    it('and was changed is another measurement, even with the same scores', async () => {
      const { write, readWith } = setup();
      expect(await readWith(1_000)).toBe(1_000);
      write(NOW + 5);
      expect(await readWith(1_007)).toBe(1_012);
      expect(await readWith(1_000)).toBe(1_012);
    });

    it('after a clock was set gets a new date', async () => {
      const { readWith } = setup();
      expect(await readWith(1_000)).toBe(1_000);
      expect(await readWith(3_001)).toBe(3_001);
      expect(await readWith(3_000)).toBe(3_001);
      expect(await readWith(-3_600_000)).toBe(-3_600_000);
    });
  });

  it('that is missing, a folder, a pipe or too large is a failed measurement', async () => {
    const directory = temporaryDirectory();
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const large = join(directory, 'large');
    writeFileSync(large, `{"scores":{"overall":1},"notes":"${'x'.repeat(70_000)}"}`);
    expect(await codeOf(measure(sourceAt(join(directory, 'none'))))).toBe('unreadable');
    expect(await codeOf(measure(sourceAt(directory)))).toBe('unreadable');
    expect(await codeOf(measure(sourceAt(pipe)))).toBe('unreadable');
    expect(await codeOf(measure(sourceAt(large)))).toBe('too_large');
  });
});
