// A controller that is started on a full disk runs, says what is wrong, and continues when there is room.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';
import { until } from '../support/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'mesh-full-'));
const data = join(directory, 'data');
const ballast = join(data, 'ballast');

afterAll(() => {
  execFileSync('umount', ['-l', data]);
  rmSync(directory, { recursive: true, force: true });
});

/** Fills the disk to the last page. */
function fill(): void {
  for (const size of ['64K', '4K']) {
    const args = ['if=/dev/zero', `of=${ballast}`, `bs=${size}`, 'oflag=append', 'conv=notrunc'];
    expect(() => execFileSync('dd', args, { stdio: 'ignore' })).toThrow();
  }
}

it('on a full disk a controller starts, names the disk, and opens its epoch when there is room', async () => {
  mkdirSync(data, { mode: 0o700 });
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', data]);
  const config = writeConfig(directory);
  expect(runController(['init', '-c', config])).toMatchObject({ code: 0 });
  fill();
  const controller = await serveController(config);
  try {
    const said = () => controller.lines.join('\n');
    await until('the fault to be named', () => said().includes('the epoch could not be opened'));
    expect(said()).toMatch(new RegExp(`${data}.* is full`));
    expect(said()).not.toContain('epoch opened (start)');
    rmSync(ballast);
    await until('the epoch', () => said().includes('epoch opened (start)'));
    expect(said().match(/controller_started/g)).toHaveLength(1);
  } finally {
    await controller.kill();
  }
});
