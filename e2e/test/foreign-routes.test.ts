// Another bridge, route or rule of a node's host does nothing to the node's traffic, or it is reported and
// the tunnel closed. With real agents, both families, and both kinds of rotation.

import { variants } from '@mesh/host/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabNode, until } from '../lab/index.ts';
import { addOperatorsTable, leftAfterDown } from '../src/left-after-down.ts';
import { EPOCH_SECONDS, openTrial, type Trial, untilMs } from './support/trial.ts';

const NODES = ['a', 'b', 'shy'] as const;
type Name = (typeof NODES)[number];
const RECONCILE_SECONDS = 2;
const SUBNETS = { 4: '10.88.0.0/24', 6: 'fd88::/96' } as const;

describe.each(
  variants<[how: string, rotation: 'in_place' | 'strict', subnet: string]>(
    [['in place', 'in_place', '10.83.0.0/24']],
    [['strictly', 'strict', '10.84.0.0/24']],
  ),
)('a node whose mesh rotates %s', (_, rotation, subnet) => {
  let trial: Trial<Name>;
  const ip = (name: Name, ...args: string[]) => trial.lab.node(name).exec('ip', args);

  beforeAll(async () => {
    trial = await openTrial<Name>({
      prefix: `foreign${rotation === 'strict' ? 's' : 'i'}`,
      subnet,
      names: NODES,
      settings: () => ({
        services: [],
        controllerSettings: { rotation, networks: ['10.88.0.0/16', 'fd88::/64'] },
        agentSettings: {
          a: { reconcile_seconds: RECONCILE_SECONDS },
          shy: { reconcile_seconds: RECONCILE_SECONDS, routes: { overlap: 'refuse' } },
        },
      }),
    });
    for (const name of ['a', 'shy'] as const) await countWhatLeaks(trial.lab.node(name));
  });
  afterAll(() => trial?.close());

  const overlapsOf = async (name: Name) => (await trial.status(name)).overlaps;
  const untilHandled = (name: Name, wanted: readonly string[]) =>
    until(`${name} to say ${wanted.join() || 'nothing'}`, 30_000, async () => {
      const handled = (await overlapsOf(name)).map((overlap) => overlap.handled).sort();
      return handled.join() === [...wanted].sort().join() ? true : undefined;
    });
  const addBridge = async (name: Name) => {
    await ip(name, 'link', 'add', 'br0', 'type', 'bridge');
    await ip(name, 'link', 'set', 'br0', 'up');
    await ip(name, 'address', 'add', '10.88.0.200/24', 'dev', 'br0');
    await ip(name, 'address', 'add', 'fd88::200/96', 'dev', 'br0', 'nodad');
  };
  const peersOn = async (name: Name) =>
    (await trial.status(name)).peers.filter((peer) => peer.on_interface).length;
  const answersBySix = async (name: Name, address: string) =>
    (
      await trial.lab.node(name).exec('ping', ['-q', '-c', '5', '-i', '0.2', '-W', '1', address], {
        allowFailure: true,
      })
    ).exitCode === 0;
  const addressOfSix = async (name: Name) =>
    (await trial.mesh.admin.node(name)).addresses.find((address) => address.includes(':')) ?? '';

  it('loses nothing and leaks nothing when a bridge and narrower routes appear, also over boundaries', async () => {
    await trial.untilFlowing(NODES);
    const fromMs = Date.now();
    await addBridge('a');
    await ip('a', 'route', 'add', '10.88.0.0/17', 'dev', 'br0');
    await ip('a', 'route', 'add', '10.88.128.0/17', 'dev', 'br0');
    await untilHandled('a', Array<string>(4).fill('host-routes'));
    await untilMs('two boundaries', fromMs + 2 * EPOCH_SECONDS * 1_000 + 1_000);
    expect(await trial.loss(['a', 'b'], fromMs)).toMatchObject({ lost: 0 });
    expect(await answersBySix('a', await addressOfSix('b'))).toBe(true);
    expect(await leaked(trial.lab.node('a'))).toEqual({ 4: 0, 6: 0 });
    expect((await overlapsOf('a')).map(({ kind, prefix }) => `${kind} ${prefix}`).sort()).toEqual([
      'address 10.88.0.200/24',
      'address fd88::200/96',
      'route 10.88.0.0/17',
      'route 10.88.128.0/17',
    ]);
    const said = trial.mesh.node('a').agent.output;
    expect(said.split('takes a part of the overlay').length - 1).toBe(4);
  });

  it('removes peers whose traffic a rule would send elsewhere, reports it, and adds them again afterwards', async () => {
    const a = trial.lab.node('a');
    await ip('a', 'route', 'add', 'default', 'dev', 'br0', 'table', '100');
    await ip('a', 'rule', 'add', 'priority', '100', 'to', '10.88.0.0/16', 'lookup', '100');
    await until('no peer', 30_000, async () => ((await peersOn('a')) === 0 ? true : undefined));
    expect((await overlapsOf('a')).filter(({ handled }) => handled === 'leaking')).toMatchObject([
      { kind: 'lookup', prefix: '10.88.0.0/16', interface: 'br0', table: '100', peers: ['b', 'shy'] },
    ]);
    expect(await trial.status('a')).toMatchObject({ allowed: true });
    // Control: the counter shows a leak.
    expect((await leaked(a))[4]).toBeGreaterThan(0);
    await ip('a', 'rule', 'delete', 'priority', '100');
    await untilHandled('a', Array<string>(4).fill('host-routes'));
    await trial.untilFlowing(NODES, Date.now());
  });

  it('reports when the foreign routes are gone', async () => {
    await ip('a', 'link', 'delete', 'br0');
    await untilHandled('a', []);
    const { events } = await trial.status('a');
    const types = events.map(({ event }) => event.type).filter((type) => type.startsWith('overlap'));
    expect(types.filter((type) => type === 'overlap_gone')).toHaveLength(5);
  });

  it('that refuses foreign routes has no peer while the bridge exists, from its start on, and leaks nothing', async () => {
    await trial.untilFlowing(NODES);
    await addBridge('shy');
    await untilHandled('shy', ['refused', 'refused']);
    await until('no peer', 30_000, async () => ((await peersOn('shy')) === 0 ? true : undefined));
    const { agent } = trial.mesh.node('shy');
    await agent.stop();
    await trial.mesh.node('shy').restartAgent();
    await until('the agent to have heard', 60_000, async () =>
      (await trial.status('shy').catch(() => undefined))?.allowed === true ? true : undefined,
    );
    await untilHandled('shy', ['refused', 'refused']);
    await untilMs('two epochs', Date.now() + 2 * EPOCH_SECONDS * 1_000);
    expect(await peersOn('shy')).toBe(0);
    expect(trial.mesh.node('shy').agent.output).not.toContain('"peer added"');
    expect(await leaked(trial.lab.node('shy'))).toEqual({ 4: 0, 6: 0 });
    await ip('shy', 'link', 'delete', 'br0');
    await trial.untilFlowing(NODES, Date.now());
  });

  it('leaves none of its routes when it goes down beside a bridge', async () => {
    await addBridge('a');
    await untilHandled('a', ['host-routes', 'host-routes']);
    const host = trial.lab.node('a');
    await addOperatorsTable(host);
    await host.exec('nft', ['delete', 'table', 'inet', 'leaks']);
    const left = await leftAfterDown(trial.mesh.node('a'), host);
    expect(left.filter((line) => !line.includes('br0'))).toEqual([]);
    const routes = (await ip('a', '-6', 'route')).stdout.split('\n').filter((line) => line.includes('fd88'));
    expect(routes.filter((line) => !line.includes('br0'))).toEqual([]);
  });
});

async function countWhatLeaks(host: LabNode): Promise<void> {
  await host.exec('nft', ['-f', '-'], {
    input: `table inet leaks {
      counter of4 { }
      counter of6 { }
      chain out {
        type filter hook output priority 0;
        oifname "br0" ip daddr ${SUBNETS[4]} counter name of4
        oifname "br0" ip6 daddr ${SUBNETS[6]} counter name of6
      }
    }`,
  });
}

/** Packets for the overlay that went to the bridge. */
async function leaked(host: LabNode): Promise<Record<4 | 6, number>> {
  const { stdout } = await host.exec('nft', ['list', 'counters', 'table', 'inet', 'leaks']);
  const [of4, of6] = [...stdout.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
  return { 4: of4 ?? Number.NaN, 6: of6 ?? Number.NaN };
}
