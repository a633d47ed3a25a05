// Moving the overlay's routes between two interfaces, on real devices.

import { parseCidr, parseInterfaceName } from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { expectCode } from '../../src/contract/expect-tunnel-error.ts';
import { createDryRunOverlayRoutes } from '../../src/dry-run/dry-run-overlay-routes.ts';
import { createIpLink } from '../../src/linux/ip-link.ts';
import { createIpOverlayRoutes } from '../../src/linux/ip-overlay-routes.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import { createLabHost, type LabHost } from '../support/lab-host.ts';

const NAMES = ['mesh0-a', 'mesh0-b'].map(parseInterfaceName);
const [A, B] = NAMES as [(typeof NAMES)[number], (typeof NAMES)[number]];
const OWN = ['10.44.0.1/32', 'fd44::1/128'].map(parseCidr);
const NETWORKS = ['10.44.0.0/16', 'fd44::/64'].map(parseCidr);

describe('overlay routes', () => {
  let host: LabHost;
  beforeEach(async () => {
    host = await createLabHost();
    for (const [index, name] of [...NAMES, 'eth1'].entries()) {
      await runOrThrow(host.run, 'ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `far${index}`]);
      await runOrThrow(host.run, 'ip', ['link', 'set', `far${index}`, 'up']);
    }
    // Both interfaces have the host's own overlay addresses, and these bring no routes.
    for (const name of NAMES) {
      await createIpLink(host.run, name).ensure({ addresses: OWN, mtu: 1_400, routes: [] });
    }
    await runOrThrow(host.run, 'ip', ['link', 'set', 'eth1', 'up']);
  });
  afterEach(async () => {
    await host.close();
  });

  const open = () => createIpOverlayRoutes({ run: host.run, networks: NETWORKS, interfaceNames: NAMES });
  const routeTo = async (address: string) =>
    new TextDecoder().decode(await runOrThrow(host.run, 'ip', ['route', 'get', address]));

  it('move as a whole, both families, and back', async () => {
    const routes = open();
    expect(await routes.read()).toBeUndefined();
    for (const [name, local] of [
      [A, 'src 10.44.0.1'],
      [B, 'src 10.44.0.1'],
      [A, 'src 10.44.0.1'],
    ] as const) {
      await routes.switchTo(name);
      expect(await routes.read()).toBe(name);
      expect(await routeTo('10.44.9.9')).toContain(`dev ${name} ${local}`);
      expect(await routeTo('fd44::9')).toContain(`dev ${name}`);
    }
    await routes.switchTo(A);
    expect(await routes.read()).toBe(A);
  });

  it('have no carrier while some of them are missing', async () => {
    const routes = open();
    await routes.switchTo(B);
    await runOrThrow(host.run, 'ip', ['-6', 'route', 'delete', 'fd44::/64', 'dev', B]);
    expect(await routes.read()).toBeUndefined();
    await routes.switchTo(B);
    expect(await routes.read()).toBe(B);
  });

  it('are not taken from another program’s interface', async () => {
    await runOrThrow(host.run, 'ip', ['route', 'add', '10.44.0.0/16', 'dev', 'eth1']);
    await expectCode(open().switchTo(A), 'route_conflict');
    expect(await routeTo('10.44.9.9')).toContain('dev eth1');
  });

  it('of a dry run are remembered, and each move is printed once', async () => {
    const lines: string[] = [];
    const routes = createDryRunOverlayRoutes((line) => lines.push(line));
    expect(await routes.read()).toBeUndefined();
    await routes.switchTo(A);
    await routes.switchTo(A);
    await routes.switchTo(B);
    expect(await routes.read()).toBe(B);
    expect(lines).toEqual([
      '[dry run] mesh0-a: take over the overlay’s routes',
      '[dry run] mesh0-b: take over the overlay’s routes',
    ]);
    lines.length = 0;
    const look = (...blocks: string[]) =>
      routes.look({ interfaceName: A, blocks: blocks.map(parseCidr), own: OWN });
    await look('10.44.0.2/32', '10.44.0.3/32');
    await look('10.44.0.3/32');
    expect(await routes.look({ interfaceName: A, blocks: undefined, own: OWN })).toEqual({
      foreign: [],
      strays: [],
    });
    expect(lines).toEqual(
      ['route 10.44.0.2/32', 'route 10.44.0.3/32', 'no route 10.44.0.2/32'].map(
        (line) => `[dry run] mesh0-b: ${line}`,
      ),
    );
  });
});
