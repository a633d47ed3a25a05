// Another process holds the database: nobody waits for it, denials go out, and it goes on by itself.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { createLogger, systemClock } from '@mesh/host';
import { describe, expect, it } from 'vitest';
import { startController } from '../../src/compose.ts';
import { initController } from '../../src/init.ts';
import { openDatabase } from '../../src/store/open-store.ts';
import { startTestController, until } from '../support/index.ts';
import { asDelta, fullConfig, problemOf, runningMesh, untilWaiting } from '../support/running-mesh.ts';

const HOLD = `
  const { DatabaseSync } = require('node:sqlite');
  globalThis.db = new DatabaseSync(process.argv[1]);
  db.exec('BEGIN ' + process.argv[2]);
  console.log('held');
  setInterval(() => db, 60000);
`;

/** A second process in a transaction. */
async function hold(path: string, kind: string) {
  const args = ['--disable-warning=ExperimentalWarning', '-e', HOLD, path, kind];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const gone = once(child, 'exit');
  return {
    pid: child.pid,
    end: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

describe.each(['IMMEDIATE', 'EXCLUSIVE'])('while another process holds the database by BEGIN %s', (kind) => {
  it('a bad score cuts its node without a wait, and is in the log when the lock is gone', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { controller, clock } = mesh;
    const { services } = controller.running;
    expect(controller.db.pragma('busy_timeout', { simple: true })).toBe(0);
    const { version } = await fullConfig(mesh.node('node-a'));
    const query = mesh.node('node-a').config({ version, waitSeconds: 60 });
    await untilWaiting(mesh);
    const sizeBefore = services.journal.head().size;
    const holder = await hold(controller.paths.database, kind);
    try {
      expect(await problemOf(mesh.node('node-b').submit(0.1))).toMatchObject({ code: 'storage_unavailable' });
      expect(asDelta(await query)).toMatchObject({ removed: ['node-b'] });
      expect(services.view.node('node-b')?.membership).toBe('admitted');
      expect(controller.logLines.join('')).toContain(`process ${holder.pid} holds a lock on`);
    } finally {
      await holder.end();
    }
    await clock.advance(500);
    expect(services.view.node('node-b')?.membership).toBe('denied');
    const { entries } = await controller.admin.log({ from: sizeBefore });
    expect(entries.map(({ entry }) => entry.type)).toContain('node_denied');
  });

  it('a controller starts, serves removals without an epoch, and opens one when the lock is gone', async () => {
    await using mesh = await runningMesh(['node-a', 'node-b']);
    const { version } = await fullConfig(mesh.node('node-a'));
    const again = mesh.controller;
    await again.stop();
    const holder = await hold(again.paths.database, kind);
    let held = true;
    try {
      await again.start();
      const { services } = again.running;
      expect(services.publication.ready).toBe(false);
      expect(await problemOf(again.public.health())).toMatchObject({ code: 'storage_unavailable' });
      const [nodeA, nodeB] = [mesh.node('node-a'), mesh.node('node-b')];
      nodeA.reconnect();
      nodeB.reconnect();
      expect(asDelta(await nodeA.config({ version }))).toMatchObject({ removed: [], version });
      const query = nodeA.config({ version, waitSeconds: 60 });
      await untilWaiting(mesh);
      expect(await problemOf(nodeB.submit(0.1))).toMatchObject({ code: 'storage_unavailable' });
      expect(asDelta(await query)).toMatchObject({ removed: ['node-b'], added: [], version });
      await holder.end();
      held = false;
      await mesh.clock.advance(1_000);
      await until('an epoch', () => services.publication.ready);
      expect(services.view.node('node-b')?.membership).toBe('denied');
    } finally {
      if (held) await holder.end();
    }
  });
});

describe('a start that fails at a taken port', () => {
  it('writes nothing', async () => {
    const first = await startTestController();
    await first.stop();
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const size = () => {
      const db = openDatabase(first.config);
      const rows = ['log_entries', 'epochs'].map((table) =>
        db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
      );
      db.close();
      return rows;
    };
    try {
      await initController(first.config, systemClock);
      const before = size();
      for (const door of ['nodes', 'public'] as const) {
        const config = { ...first.config, [door]: { host: '127.0.0.1', port } };
        const logger = createLogger({ level: 'silent' });
        await expect(startController({ config, logger, onFatal: () => {} })).rejects.toThrow('EADDRINUSE');
        expect(size()).toEqual(before);
      }
    } finally {
      taken.close();
      await first.close();
    }
  });
});
