// The demo as `npm run demo -- --dashboard` starts it, with its pages in a browser, and what WireGuard itself
// says on its hosts.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { launchBrowser, openPage, until, type WatchedPage } from '@mesh/e2e';
import { createSocketFetch } from '@mesh/host';
import { type AdminClient, createAdminClient } from '@mesh/protocol';
import { meshctlHere, type Outcome } from '../../../apps/cli/test/support/meshctl.ts';
import { NAMES, type NodeName } from '../../src/watch-mesh.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
const UP_WITHIN_MS = 120_000;

/** What `wg show` says of a peer. */
export interface WgPeer {
  /** Milliseconds since 1970; 0: none. */
  readonly handshakeAtMs: number;
  readonly endpoint: string;
}

export interface RunningDemo {
  readonly child: ChildProcess;
  readonly exited: Promise<number | string>;
  readonly output: () => string;
  readonly folders: readonly string[];
  readonly dashboardUrl: string;
  readonly buttonsUrl: string;
  readonly admin: AdminClient;
  readonly dashboard: WatchedPage;
  readonly buttons: WatchedPage;
  meshctl(...args: readonly string[]): Promise<Outcome>;
  /** By the other node's name. */
  wgShow(name: NodeName): Promise<ReadonlyMap<string, WgPeer>>;
  close(): Promise<void>;
}

/** Resolves when the mesh is up and somebody has signed in. */
export async function runDemo(args: readonly string[]): Promise<RunningDemo> {
  const child = spawn(process.execPath, ['--conditions=@mesh/source', MAIN, '--dashboard', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  let hasEnded = false;
  void exited.then(() => {
    hasEnded = true;
  });
  const isUp = await until('the demo to be up', UP_WITHIN_MS, () => {
    if (hasEnded) return false;
    return /host c .*wg show\n/.test(text) ? true : undefined;
  });
  if (!isUp) throw new Error(`the demo ended: ${text}`);
  const found = (pattern: RegExp): string => {
    const [, value] = pattern.exec(text) ?? [];
    if (value === undefined) throw new Error(`the demo does not say ${String(pattern)}: ${text}`);
    return value;
  };
  const dashboardUrl = found(/dashboard +(https:\S+)/);
  const buttonsUrl = found(/buttons +(http:\S+)/);
  const keyFile = found(/API key +in (\S+)/);
  const socket = found(/MESH_SOCKET=(\S+)/);
  const fetch = createSocketFetch(socket);
  const keys = new Map<string, string>();
  const show = async (name: NodeName, what: string): Promise<string> => {
    const pid = found(new RegExp(`host ${name} +nsenter -t (\\d+) `));
    const command = ['-t', pid, '-n', '-m', 'wg', 'show', 'lab0', what];
    return (await promisify(execFile)('nsenter', command)).stdout.trim();
  };
  for (const name of NAMES) keys.set(await show(name, 'public-key'), name);
  const browser = await launchBrowser();
  const dashboard = await openPage(browser, dashboardUrl, { viewport: { width: 1180, height: 800 } });
  await dashboard.page.getByLabel('API key').fill(readFileSync(keyFile, 'utf8').trim());
  await dashboard.page.keyboard.press('Enter');
  await dashboard.page.getByText('live', { exact: true }).waitFor();
  const buttons = await openPage(browser, buttonsUrl, { viewport: { width: 760, height: 480 } });
  return {
    ...{ child, exited, dashboardUrl, buttonsUrl, dashboard, buttons },
    output: () => text,
    folders: [join(keyFile, '..'), join(socket, '..', '..')],
    admin: createAdminClient({ baseUrl: 'http://controller', fetch }),
    meshctl: (...command) => meshctlHere(command, { socket }),
    wgShow: async (name) => {
      // The first line is of the interface itself.
      const [, ...peers] = (await show(name, 'dump')).split('\n').map((line) => line.split('\t'));
      return new Map(
        peers.map(([key = '', _presharedKey, endpoint = '', _allowedIps, seconds]) => [
          keys.get(key) ?? key,
          { handshakeAtMs: Number(seconds) * 1_000, endpoint },
        ]),
      );
    },
    close: async () => {
      await browser.close();
      fetch.close();
      child.kill('SIGTERM');
      await exited;
    },
  };
}
