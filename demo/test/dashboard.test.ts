// `npm run demo -- --dashboard` on real WireGuard: a press on its page cuts a node and lets it back in, and
// each figure that the dashboard and meshctl show is what `wg show` on the hosts and the clock say.

import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { pictureOf, until } from '@mesh/e2e';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NAMES, type NodeName } from '../src/watch-mesh.ts';
import { type RunningDemo, runDemo } from './support/running-demo.ts';

const WAITED_MS = 60_000;
/** Ages are shown in whole seconds, and the page draws them once a second. */
const NEAR_MS = 3_000;

let demo: RunningDemo;
beforeAll(async () => {
  demo = await runDemo([]);
});
afterAll(() => demo?.close());

const isNear = (shownMs: number, realMs: number): boolean => Math.abs(shownMs - realMs) <= NEAR_MS;
const othersOf = (name: NodeName): NodeName[] => NAMES.filter((other) => other !== name);

/** Waits until the page shows so many nodes standing in this way. */
const counted = (text: string) =>
  demo.dashboard.page
    .getByRole('listitem')
    .filter({ hasText: new RegExp(`^${text}$`) })
    .waitFor();

/** Goes to the table of a node's pairs on the first screen. */
async function openTable(name: NodeName): Promise<void> {
  const { page } = demo.dashboard;
  await page.goto(`${demo.dashboardUrl}#/`);
  const table = page.getByRole('button', { name: 'Table' });
  await table.waitFor();
  if ((await table.getAttribute('aria-pressed')) !== 'true') await table.click();
  await page.locator('main select').selectOption(name);
  await page
    .getByRole('table')
    .filter({ hasText: `Pairs of ${name}` })
    .waitFor();
}

/** The row of the chosen node's pair with another one, and the page's clock at that moment. */
const pairRow = (other: NodeName) =>
  demo.dashboard.page.evaluate<{ cells: string[]; nowMs: number }>(`{
    const row = [...document.querySelectorAll('tbody tr')].find(
      (each) => each.querySelector('th').textContent === ${JSON.stringify(other)});
    ({ cells: [...row.querySelectorAll('td')].map((cell) => cell.textContent), nowMs: Date.now() });
  }`);

/** What a node's page says beside a word. */
async function factOf(name: NodeName, fact: string): Promise<string> {
  const { page } = demo.dashboard;
  await page.goto(`${demo.dashboardUrl}#/node/${name}`);
  await page.getByRole('heading', { name, exact: true }).waitFor();
  return (await page.locator(`dt:text-is("${fact}") + dd`).textContent()) ?? '';
}

/** @returns undefined for what is no age in seconds or minutes */
function ageMs(text: string): number | undefined {
  const [, count, unit] = /^(\d+) (s|min) ago$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unit === 's' ? 1_000 : 60_000);
}

async function json<T>(...command: readonly string[]): Promise<T> {
  return JSON.parse((await demo.meshctl('--json', ...command)).stdout) as T;
}

interface Listed {
  readonly node_id: string;
  readonly membership: string;
  readonly endpoint: string;
  readonly tunnels: { count: number; without_handshake: number; oldest_handshake_ms: number } | null;
}

/** That the table of each node's pairs shows its tunnels as WireGuard has them. */
async function expectTablesTrue(): Promise<void> {
  for (const name of NAMES) {
    await openTable(name);
    for (const other of othersOf(name))
      await until(`what is shown of ${name} and ${other} to be true`, WAITED_MS, async () => {
        const [real, { cells, nowMs }] = [(await demo.wgShow(name)).get(other), await pairRow(other)];
        const [, state, handshake = ''] = cells;
        if (real === undefined) return state === 'no tunnel' && handshake === '–' ? true : undefined;
        const age = ageMs(handshake);
        const isTrue = state === 'up' && age !== undefined && isNear(nowMs - age, real.handshakeAtMs);
        return isTrue || undefined;
      });
  }
}

/** That meshctl's lists show as many tunnels as WireGuard has, and the oldest handshake. */
const expectListsTrue = (command: readonly string[]) =>
  until(`${command.join(' ')} to be true`, WAITED_MS, async () => {
    const { nodes } = await json<{ nodes: Listed[] }>(...command);
    const nowMs = Date.now();
    for (const name of NAMES) {
      const peers = [...(await demo.wgShow(name)).values()];
      const { tunnels } = nodes.find(({ node_id: id }) => id === name) ?? {};
      if (tunnels?.count !== peers.length || tunnels.without_handshake !== 0) return undefined;
      const oldestMs = Math.min(...peers.map(({ handshakeAtMs }) => handshakeAtMs));
      if (peers.length > 0 && !isNear(nowMs - tunnels.oldest_handshake_ms, oldestMs)) return undefined;
    }
    return true;
  });

describe('the figures of a mesh whose nodes are all in', () => {
  it('of each pair are what `wg show` says at both ends', async () => {
    await counted('3 in');
    await counted('0 cut');
    await expectTablesTrue();
  });

  it('of the epoch are the controller’s: the countdown, and what every pair has applied', async () => {
    const { page } = demo.dashboard;
    await openTable('a');
    await until('the countdown to be true', WAITED_MS, async () => {
      const { epoch_id: id, expiry_utc: end } = await demo.admin.epoch();
      const shown = await page.locator('p.epoch').textContent();
      const [, at, seconds] = /epoch (\d+), ends in (\d+) s/.exec(shown ?? '') ?? [];
      return (
        (Number(at) === id && isNear(Date.now() + Number(seconds) * 1_000, Date.parse(end))) || undefined
      );
    });
    await until('the applied epoch to be the one in force', WAITED_MS, async () => {
      const { epoch_id: id } = await demo.admin.epoch();
      return (await pairRow('b')).cells[4] === String(id) || undefined;
    });
    await until('meshctl’s countdown to be true', WAITED_MS, async () => {
      const { epoch } = await json<{ epoch: { epoch_id: number; ends_in_seconds: number } }>('status');
      const { epoch_id: id, expiry_utc: end } = await demo.admin.epoch();
      const isTrue = isNear(Date.now() + epoch.ends_in_seconds * 1_000, Date.parse(end));
      return (epoch.epoch_id === id && isTrue) || undefined;
    });
  });

  it('of a node are what the others have: its endpoint and its tunnels', async () => {
    for (const name of NAMES) {
      const endpoint = await factOf(name, 'endpoint');
      for (const other of othersOf(name))
        expect((await demo.wgShow(other)).get(name)?.endpoint).toBe(endpoint);
      expect(await factOf(name, 'tunnels')).toMatch(/^2 tunnels, 0 without a handshake/);
    }
  });

  it('are the same in meshctl', async () => {
    const { nodes } = await json<{ nodes: Listed[] }>('nodes', 'list');
    for (const { node_id: id, membership, endpoint } of nodes)
      expect([membership, endpoint]).toEqual(['ALLOWED', await factOf(id as NodeName, 'endpoint')]);
    await expectListsTrue(['nodes', 'list']);
    await expectListsTrue(['top', '--once']);
    expect(await json('status')).toMatchObject({ nodes: { total: 3, in: 3, cut: 0, unreachable: 0 } });
    expect((await demo.meshctl('why', 'c')).stdout).toMatch(/^c is in/);
    await until('reach to be true', WAITED_MS, async () => {
      const answer = await json<{ reaches: boolean; tunnel: ({ handshake_age_ms: number } | null)[] }>(
        ...['reach', 'a', 'b'],
      );
      const nowMs = Date.now();
      const ends = [(await demo.wgShow('a')).get('b'), (await demo.wgShow('b')).get('a')];
      const isTrue = answer.tunnel.every(
        (end, at) => end && isNear(nowMs - end.handshake_age_ms, ends[at]?.handshakeAtMs ?? 0),
      );
      return (answer.reaches && isTrue) || undefined;
    });
  });
});

describe('a press on “misbehave”', () => {
  it('cuts the node: on the dashboard at once, and on WireGuard at both others', async () => {
    await openTable('a');
    await demo.buttons.page.getByRole('button', { name: 'Make c misbehave' }).click();
    await counted('1 cut');
    await counted('2 in');
    expect((await pairRow('c')).cells[1]).not.toBe('up');
    await until('WireGuard to know c no more', WAITED_MS, async () => {
      const peers = [...(await demo.wgShow('a')).keys(), ...(await demo.wgShow('b')).keys()];
      return !peers.includes('c') || undefined;
    });
    await demo.buttons.page.getByText('c is out').waitFor();
    await expectTablesTrue();
    expect(await pictureOf(demo.buttons.page, 'demo-buttons')).toBeGreaterThan(5_000);
    const { page } = demo.dashboard;
    await page.goto(`${demo.dashboardUrl}#/`);
    await page.getByRole('button', { name: 'Table' }).click();
    await page.getByRole('application', { name: '3 by 3 nodes' }).waitFor();
    expect(await pictureOf(page, 'demo-cut')).toBeGreaterThan(10_000);
    expect(await factOf('c', 'status')).toBe('active');
    await demo.dashboard.page.getByText('is below the policy').first().waitFor();
  });

  it('is shown by meshctl as it is', async () => {
    const { exitCode, stdout } = await demo.meshctl('reach', 'a', 'c');
    expect([exitCode === 0, stdout]).toEqual([false, expect.stringContaining('a does not reach c')]);
    await expectListsTrue(['nodes', 'list']);
    await expectListsTrue(['top', '--once']);
    expect(await json('status')).toMatchObject({ nodes: { total: 3, in: 2, cut: 1 } });
    expect((await demo.meshctl('why', 'c')).stdout).toMatch(/^c is out/);
  });

  it('is undone by “behave”: the node earns its tunnels back', async () => {
    await demo.buttons.page.getByRole('button', { name: 'Make c behave', exact: true }).click();
    await demo.dashboard.page.goto(`${demo.dashboardUrl}#/`);
    await counted('3 in');
    await demo.buttons.page.getByText('c is in').waitFor();
    await until('WireGuard to know c again', WAITED_MS, async () => {
      const peers = [await demo.wgShow('a'), await demo.wgShow('b')];
      return peers.every((known) => known.has('c')) || undefined;
    });
    await expectTablesTrue();
    expect(await json('status')).toMatchObject({ nodes: { in: 3, cut: 0 } });
  });
});

describe('the page of buttons', () => {
  const asked = { method: 'POST', path: '/press', headers: { 'content-type': 'application/json' } };

  it.each([
    ['a node that is not there', { ...asked, body: '{"name":"d","behaviour":"behave"}' }, 400],
    ['a behaviour that is none', { ...asked, body: '{"name":"a","behaviour":"x"}' }, 400],
    ['what is no JSON', { ...asked, body: 'misbehave' }, 400],
    ['a form, which any page could send', { ...asked, headers: {}, body: '{}' }, 415],
    ['more than it needs', { ...asked, body: 'x'.repeat(2_000) }, 413],
    ['a press by GET', { ...asked, method: 'GET', body: '' }, 405],
    ['another path', { ...asked, path: '/etc/passwd', body: '' }, 404],
    ['another name of this machine', { ...asked, headers: { host: 'evil.example' }, body: '{}' }, 403],
  ])('refuses %s, and changes nothing', async (_what, { body, ...options }, status) => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(demo.buttonsUrl, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.once('error', reject).end(body);
    });
    expect(answer).toBe(status);
    const state = (await (await fetch(`${demo.buttonsUrl}state`)).json()) as { nodes: object[] };
    expect(state.nodes.map((node) => ({ ...node, behaviour: 'behave' }))).toEqual(state.nodes);
  });
});

it('Ctrl-C ends everything, and neither page has asked or done what it must not', async () => {
  expect([...demo.dashboard.faults, ...demo.buttons.faults]).toEqual([]);
  expect(demo.output()).not.toContain('mesh_key_');
  demo.child.kill('SIGINT');
  expect(await demo.exited).toBe(0);
  expect(demo.folders.filter((folder) => existsSync(folder))).toEqual([]);
  await until('the door to close', WAITED_MS, () =>
    fetch(demo.buttonsUrl).then(
      () => undefined,
      () => true,
    ),
  );
});
