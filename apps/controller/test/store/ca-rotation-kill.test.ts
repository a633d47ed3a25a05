// kill -9 in the middle of each step of a CA's rotation: the next start finds the state before it or the
// state after it, and goes on from there.

import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSocketFetch } from '@mesh/host';
import { variants } from '@mesh/host/test-kit';
import { type AdminClient, type CaStatus, createAdminClient } from '@mesh/protocol';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attachStrace } from '../support/attach-strace.ts';
import { runController, serveController, writeConfig } from '../support/controller-process.ts';

class Files {
  readonly directory = mkdtempSync(join(tmpdir(), 'mesh-ca-kill-'));
  readonly configFile = writeConfig(this.directory, { epoch_seconds: 86_400 });

  constructor() {
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }));
    const made = runController(['init', '--config', this.configFile]);
    if (made.code !== 0) throw new Error(made.err);
  }

  /** Runs the controller, and ends it. */
  async serve<T>(use: (admin: AdminClient, pid: number) => Promise<T>): Promise<T> {
    const controller = await serveController(this.configFile);
    const socket = createSocketFetch(join(this.directory, 'data', 'admin.sock'));
    try {
      return await use(createAdminClient({ baseUrl: 'http://localhost', fetch: socket }), controller.pid);
    } finally {
      socket.close();
      await controller.kill();
    }
  }

  /** Kills the controller at a call during a step. @returns what the next start finds */
  async interrupt(
    step: (admin: AdminClient) => Promise<CaStatus>,
    call: string,
    when: number,
  ): Promise<CaStatus> {
    await this.serve(async (admin, pid) => {
      const tracer = await attachStrace(pid, call, `signal=KILL:when=${when}`);
      await expect(step(admin)).rejects.toThrow();
      if (tracer.exitCode === null) await once(tracer, 'exit');
    });
    return this.serve((admin) => admin.caStatus());
  }
}

const rotate = (admin: AdminClient) => admin.rotateCa({ reason: 'it is time' });
const finish = (admin: AdminClient) => admin.finishCa({ reason: 'all are ready' });

const KILLS = variants<[call: string, when: number]>(
  [['pwrite64', 4]],
  [
    ['pwrite64', 1],
    ['fsync', 1],
  ],
);

describe('kill -9', () => {
  it.each(KILLS)(
    'during the start of a rotation (%s number %d) loses no CA',
    async (call, when) => {
      const files = new Files();
      const before = await files.serve((admin) => admin.caStatus());
      const after = await files.interrupt(rotate, call, when);
      expect(after.ca_pin).toBe(before.ca_pin);
      const { next_ca_pin: next } = after.next_ca_pin === null ? await files.serve(rotate) : after;
      expect(await files.serve(finish)).toEqual({ ca_pin: next, next_ca_pin: null, not_ready: [] });
    },
    60_000,
  );

  it.each(KILLS)(
    'during its end (%s number %d) leaves one of both in place',
    async (call, when) => {
      const files = new Files();
      const before = await files.serve(rotate);
      const after = await files.interrupt(finish, call, when);
      const isOver = after.next_ca_pin === null;
      expect(after).toEqual(
        isOver ? { ca_pin: before.next_ca_pin, next_ca_pin: null, not_ready: [] } : before,
      );
      if (!isOver) await files.serve(finish);
      const { ca_pin: last } = await files.serve((admin) => admin.caStatus());
      expect(last).toBe(before.next_ca_pin);
    },
    60_000,
  );
});
