// The end of a controller: orderly, on a full disk, or by a bug. Waiting callers get an answer, and a denial
// stays in force.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocketFetch, fetchCaWithPin } from '@mesh/host';
import { underStrace } from '@mesh/host/test-kit';
import { createAdminClient } from '@mesh/protocol';
import { describe, expect, it, vi } from 'vitest';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';
import { until } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';

describe('a controller that stops', () => {
  it('answers waiting queries, and finishes what it has begun', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { version } = await fullConfig(mesh.node('node-a'));
    const query = problemOf(mesh.node('node-a').config({ version, waitSeconds: 60 }));
    await untilWaiting(mesh);
    await mesh.node('node-b').client.epoch();
    const { signatures } = mesh.controller.running.services;
    const verify = vi.spyOn(signatures, 'verify');
    const last = mesh.node('node-b').submit(0.8);
    await until('the benchmark to have arrived', () => verify.mock.calls.length > 0);
    const outcome = last.then(
      (answer) => answer.status,
      () => 'cut',
    );
    await Promise.all([outcome, mesh.controller.stop()]);
    expect(await query).toEqual({ code: 'not_ready', retryAfter: 1 });
    expect(await outcome).toBe('received');
    expect(mesh.controller.fatal).toEqual([]);
  });

  it('by SIGTERM ends with 0', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mesh-stop-'));
    try {
      const config = writeConfig(directory);
      expect(runController(['init', '-c', config]).code).toBe(0);
      const controller = await serveController(config);
      const exited = new Promise((resolve) => controller.child.once('exit', (code) => resolve(code)));
      controller.child.kill('SIGTERM');
      expect(await exited).toBe(0);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe('a bug while committing', () => {
  it('ends the process, and the node that the message would have denied is out until then', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { journal } = mesh.controller.running.services;
    const { version } = await fullConfig(mesh.node('node-a'));
    const query = mesh.node('node-a').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh);
    journal.onCommit(() => {
      throw new Error('a bug');
    });
    expect(await problemOf(mesh.node('node-b').submit(0.1))).toEqual({
      code: 'storage_unavailable',
      retryAfter: 1,
    });
    expect(asDelta(await query).removed).toEqual(['node-b']);
    expect(await fullConfig(mesh.node('node-b'))).toMatchObject({ allowed: false });
    expect(mesh.controller.fatal).toHaveLength(1);
  });
});

describe('a disk that is full', () => {
  it('does not end the process: it answers 503, and the same token is still valid afterwards', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'mesh-full-'));
    try {
      const config = writeConfig(directory);
      expect(runController(['init', '-c', config]).code).toBe(0);
      // The disk is full from the sixtieth write on. After thirty more writes there is room again.
      const strace = underStrace('pwrite64', 'error=ENOSPC:when=60..90');
      const controller = await serveController(config, strace);
      const socket = createSocketFetch(join(directory, 'data', 'admin.sock'));
      const admin = createAdminClient({ baseUrl: 'http://localhost', fetch: socket });
      const outcomes: string[] = [];
      for (
        let sent = 0;
        sent < 200 && !(outcomes.includes('refused') && outcomes.at(-1) === 'made');
        sent++
      ) {
        outcomes.push(
          await admin.createToken({}).then(
            () => 'made',
            () => 'refused',
          ),
        );
      }
      expect(outcomes).toContain('refused');
      expect(outcomes.at(-1)).toBe('made');
      const { entries, size } = await admin.log({ limit: 1000 });
      expect(entries).toHaveLength(size);
      expect(entries.filter(({ entry }) => entry.type === 'token_created')).toHaveLength(
        outcomes.filter((outcome) => outcome === 'made').length,
      );
      const { token } = await admin.createToken({});
      const url = `https://127.0.0.1:${controller.publicPort}`;
      expect(await fetchCaWithPin(url, [token.split('.')[3] ?? ''])).toContain('BEGIN CERTIFICATE');
      socket.close();
      const exited = new Promise((resolve) => controller.child.once('exit', resolve));
      controller.child.kill('SIGTERM');
      await exited;
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});
