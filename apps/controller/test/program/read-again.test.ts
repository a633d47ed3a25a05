// SIGHUP: the controller reads its configuration again and takes over its policy. A bad one changes nothing.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';
import { until } from '../support/index.ts';

/** Where the last line that has the text is, as the controller says it. */
function placeOf(file: string, text: string): string {
  const at = readFileSync(file, 'utf8')
    .split('\n')
    .findLastIndex((line) => line.includes(text));
  return `${file}:${at + 1})`;
}

it('SIGHUP takes over a changed policy, refuses a bad one with its place, and other settings wait', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mesh-hup-'));
  try {
    const config = writeConfig(directory, { policy: { threshold: 0.7 } });
    expect(runController(['init', '-c', config]).code).toBe(0);
    const controller = await serveController(config);
    const says = (text: string) => () => controller.lines.some((line) => line.includes(text));
    try {
      writeConfig(directory, { policy: { threshold: 7 } });
      controller.child.kill('SIGHUP');
      await until('the bad policy to be refused', says('was not read again'));
      const badLine = placeOf(config, '"threshold": 7');
      expect(badLine).not.toMatch(/:[01]\)$/);
      expect(says(badLine)()).toBe(true);
      // Fits what the file says beside it, and not the settings that the controller has started with.
      writeConfig(directory, {
        declining: { limit_bits_per_second: 1_000 },
        policy: { declining: { below: 0.9 } },
      });
      controller.child.kill('SIGHUP');
      await until('the unfit policy to be refused', says('the settings beside the policy are those of'));
      expect(says(placeOf(config, '"declining"'))()).toBe(true);
      writeConfig(directory, { policy: { threshold: 0.8 }, mtu: 1_300 });
      controller.child.kill('SIGHUP');
      await until('the policy to be accepted', says('policy version 2 accepted'));
      expect(says('count after a restart only: mtu')()).toBe(true);
      expect(controller.child.exitCode).toBeNull();
    } finally {
      await controller.kill();
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
