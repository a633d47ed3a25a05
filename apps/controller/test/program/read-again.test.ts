// SIGHUP: the controller reads its configuration again and takes over its policy. A bad one changes nothing.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';
import { until } from '../support/index.ts';

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
      expect(says('controller.json:1')()).toBe(true);
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
