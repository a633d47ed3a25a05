// A controller whose disk is full, or turns read-only, says what is wrong and cuts whoever fails at once. It
// goes on by itself when the disk is well, and loses nothing that it was told meanwhile.

import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { attachStrace } from '../support/attach-strace.ts';
import { runController } from '../support/controller-process.ts';
import { type TestNode, until } from '../support/index.ts';
import { RemoteMesh } from '../support/remote-mesh.ts';
import { problemOf } from '../support/running-mesh.ts';

let mesh: RemoteMesh;
let nodes: readonly TestNode[];
const data = () => join(mesh.directory, 'data');
const ballast = () => join(data(), 'ballast');
const said = () => mesh.running.lines.join('\n');

beforeAll(async () => {
  mesh = new RemoteMesh(
    { epoch_seconds: 4, max_benchmark_age_seconds: 3_600 },
    {
      prepare: (directory) => {
        const path = join(directory, 'data');
        mkdirSync(path, { mode: 0o700 });
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', path]);
      },
    },
  );
});

afterAll(async () => {
  for (const node of nodes ?? []) node.close();
  await mesh.process?.kill();
  execFileSync('umount', ['-l', data()]);
  await mesh.close();
});

/** Fills the disk to the last page. */
function fill(): void {
  for (const size of ['64K', '4K']) {
    const args = ['if=/dev/zero', `of=${ballast()}`, `bs=${size}`, 'oflag=append', 'conv=notrunc'];
    expect(() => execFileSync('dd', args, { stdio: 'ignore' })).toThrow();
  }
}

/** From now on every write of a process fails as on a file system that the kernel has made read-only. */
const turnReadOnly = (pid: number): Promise<ChildProcess> =>
  attachStrace(pid, 'pwrite64,ftruncate,fsync', 'error=EROFS');

/** A bad result is answered with 503 and cuts its node; whoever fails cannot come back by asking again. */
async function cutUnstored(node: TestNode): Promise<void> {
  expect(await problemOf(node.submit(0.1))).toMatchObject({ code: 'storage_unavailable' });
  expect((await node.config())?.body).toMatchObject({ allowed: false, peers: [] });
  expect((await mesh.admin.node(node.nodeId)).membership).not.toBe('ALLOWED');
}

async function untilStored({ nodeId }: TestNode): Promise<void> {
  await until('the denial on disk', async () => {
    const { entries } = await mesh.admin.log({ node: nodeId });
    return entries.some(({ entry }) => entry.type === 'node_denied');
  });
}

it('on a full disk it starts, names the disk, and opens its epoch when there is room', async () => {
  fill();
  await mesh.start();
  await until('the fault to be named', () => said().includes('the epoch could not be opened'));
  expect(said()).toMatch(new RegExp(`${data()}.* is full`));
  expect(said()).not.toContain('epoch opened (start)');
  rmSync(ballast());
  await until('the epoch', () => said().includes('epoch opened (start)'));
  expect(said().match(/controller_started/g)).toHaveLength(1);
});

it('whose disk fills up, or turns read-only, cuts who fails at once, and stores it when it can', async () => {
  nodes = await Promise.all(['node-a', 'node-b', 'node-c'].map((name) => mesh.enrol(name)));
  const [, full, readOnly] = nodes as [TestNode, TestNode, TestNode];
  for (const node of nodes) await node.submit(0.9);
  await mesh.admin.rotate();
  await until('the nodes to be in', async () =>
    (await mesh.admin.nodes()).nodes.every(({ membership }) => membership === 'ALLOWED'),
  );
  fill();
  await cutUnstored(full);
  rmSync(ballast());
  await untilStored(full);

  const tracer = await turnReadOnly(mesh.running.pid);
  await cutUnstored(readOnly);
  tracer.kill('SIGINT');
  await once(tracer, 'exit');
  await untilStored(readOnly);
});

it('on a disk that is mounted read-only it does not start, says so, and leaves the files as they are', async () => {
  const { child } = mesh.running;
  child.kill('SIGTERM');
  await once(child, 'exit');
  const remount = (mode: string) => execFileSync('mount', ['-o', `remount,${mode}`, data()]);
  remount('ro');
  const refused = runController(['serve', '--config', mesh.configFile]);
  expect([refused.code, refused.out]).toEqual([2, '']);
  expect(refused.err).toMatch(new RegExp(`${data()}.*read-only`));
  remount('rw');
  const verified = runController(['verify', '--json', '--config', mesh.configFile]);
  expect([verified.code, JSON.parse(verified.out)]).toMatchObject([0, { faults: [] }]);
});
