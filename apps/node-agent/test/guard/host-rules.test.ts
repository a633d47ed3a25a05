// The host rules with the real nft: their text, and how they are applied, kept and removed.

import { createLogger } from '@mesh/host';
import { type InterfaceName, parseInterfaceName } from '@mesh/wg';
import type { HostRules } from '@mesh/wg-device';
import { hostTableName, renderHostRules, runOrThrow, TunnelError } from '@mesh/wg-device';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addresses, nft } from '../../../../packages/wg-device/test/support/guard-lab.ts';
import { createLabHost, type LabHost } from '../../../../packages/wg-device/test/support/lab-host.ts';
import {
  type ChooseHostRulesOptions,
  chooseHostRules,
  removeHostRules,
} from '../../src/guard/choose-host-rules.ts';

const names = (...texts: readonly string[]): InterfaceName[] => texts.map((text) => parseInterfaceName(text));
const [MESH = '' as InterfaceName] = names('mesh0');
const OWN = addresses('10.44.0.1', 'fd44::1');

const table = {
  name: MESH,
  networks: addresses('10.44.0.0/16', 'fd44::/64'),
  forwarding: 'drop',
} as const;

describe('the table of a node', () => {
  it('ties its addresses and its networks to its interfaces, in both directions', () => {
    expect(renderHostRules(table, OWN)).toBe(`\
add table inet meshhost-mesh0
delete table inet meshhost-mesh0
add table inet meshhost-mesh0
add set inet meshhost-mesh0 mesh { type ifname; elements = { "mesh0", "mesh0-a", "mesh0-b" }; }
add set inet meshhost-mesh0 own4 { type ipv4_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 own4 { 10.44.0.1/32 }
add set inet meshhost-mesh0 networks4 { type ipv4_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 networks4 { 10.44.0.0/16 }
add set inet meshhost-mesh0 own6 { type ipv6_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 own6 { fd44::1/128 }
add set inet meshhost-mesh0 networks6 { type ipv6_addr; flags interval; auto-merge; }
add element inet meshhost-mesh0 networks6 { fd44::/64 }
add chain inet meshhost-mesh0 elsewhere { type filter hook prerouting priority raw; policy accept; }
flush chain inet meshhost-mesh0 elsewhere
add rule inet meshhost-mesh0 elsewhere iifname "lo" return
add rule inet meshhost-mesh0 elsewhere iifname @mesh return
add rule inet meshhost-mesh0 elsewhere ip daddr @own4 drop
add rule inet meshhost-mesh0 elsewhere ip saddr @own4 drop
add rule inet meshhost-mesh0 elsewhere ip6 daddr @own6 drop
add rule inet meshhost-mesh0 elsewhere ip6 saddr @own6 drop
add rule inet meshhost-mesh0 elsewhere ip saddr @networks4 drop
add rule inet meshhost-mesh0 elsewhere ip6 saddr @networks6 drop
add chain inet meshhost-mesh0 from_overlay
flush chain inet meshhost-mesh0 from_overlay
add rule inet meshhost-mesh0 from_overlay ip saddr != @networks4 drop
add rule inet meshhost-mesh0 from_overlay ip6 saddr != @networks6 drop
add chain inet meshhost-mesh0 to_own
flush chain inet meshhost-mesh0 to_own
add rule inet meshhost-mesh0 to_own ip daddr != @own4 drop
add rule inet meshhost-mesh0 to_own ip6 daddr != @own6 drop
add chain inet meshhost-mesh0 input { type filter hook input priority filter; policy accept; }
flush chain inet meshhost-mesh0 input
add rule inet meshhost-mesh0 input iifname @mesh jump from_overlay
add rule inet meshhost-mesh0 input iifname @mesh jump to_own
add chain inet meshhost-mesh0 forward { type filter hook forward priority filter; policy accept; }
flush chain inet meshhost-mesh0 forward
add rule inet meshhost-mesh0 forward iifname @mesh drop
add rule inet meshhost-mesh0 forward oifname @mesh drop
`);
  });

  it('of a host that forwards lets the overlay through to the networks behind it, and still drops strangers', () => {
    const text = renderHostRules({ ...table, forwarding: 'allow' }, OWN);
    expect(text).not.toMatch(/forward [io]ifname @mesh drop/);
    expect(text).toContain('forward iifname @mesh jump from_overlay\n');
    expect(text).toContain('elsewhere ip saddr @networks4 drop\n');
  });

  it.each(['mesh0"; flush ruleset; #', 'a b', '', '*'])('refuses an invalid interface name: %j', (name) => {
    const bad = name as InterfaceName;
    expect(() => hostTableName(bad)).toThrow(expect.objectContaining({ code: 'invalid_interface_name' }));
    expect(() => renderHostRules({ ...table, name: bad }, OWN)).toThrow();
    expect(() => renderHostRules(table, OWN, [bad])).toThrow();
  });

  it.each(['10.0.0.1 }; flush ruleset', '@own4', 'fd44::1%eth0', ''])(
    'refuses an invalid address: %j',
    (text) => {
      expect(() => renderHostRules(table, [text as never])).toThrow();
      expect(() => renderHostRules({ ...table, networks: [text as never] }, OWN)).toThrow();
    },
  );
});

let host: LabHost;
let altered: number;
beforeEach(async () => {
  host = await createLabHost();
  altered = 0;
});
afterEach(async () => {
  await host.close();
});

function choose(options: Partial<ChooseHostRulesOptions> = {}): Promise<HostRules> {
  return chooseHostRules({
    ...table,
    mode: 'auto',
    run: host.run,
    runtimeDir: host.runtimeDir,
    onAltered: () => {
      altered += 1;
    },
    logger: createLogger({ level: 'silent' }),
    ...options,
  });
}

const listed = () => nft(host, 'list', 'table', 'inet', 'meshhost-mesh0');
const tables = async () => (await nft(host, 'list', 'tables')).split('\n').filter((line) => line !== '');

const withoutNft: ChooseHostRulesOptions['run'] = (program, args, options) =>
  program === 'nft'
    ? Promise.reject(new TunnelError('unavailable', 'nft is not installed'))
    : host.run(program, args, options);

/** Pretends that this interface exists, so that its rules are not removed. */
const withLink =
  (name: string): ChooseHostRulesOptions['run'] =>
  (program, args, options) =>
    program === 'ip'
      ? Promise.resolve({
          exitCode: 0,
          stdout: new TextEncoder().encode(JSON.stringify([{ ifname: name }])),
          stderr: '',
        })
      : host.run(program, args, options);

describe('the host rules that are chosen', () => {
  it.each(['auto', 'nftables'] as const)(
    'by %s are nftables if that works; trying it leaves nothing',
    async (mode) => {
      const rules = await choose({ mode });
      expect([rules.kind, rules.state()]).toEqual(['nftables', { kind: 'idle' }]);
      expect(await tables()).toEqual([]);
    },
  );

  it('by auto are no rules without nft, and nothing fails because of that', async () => {
    const rules = await choose({ run: withoutNft });
    await rules.tie(OWN);
    await rules.down();
    await removeHostRules({ name: MESH, run: withoutNft, runtimeDir: host.runtimeDir });
    expect([rules.kind, rules.state()]).toEqual(['none', { kind: 'idle' }]);
  });

  it('by nftables are refused then, with a message that says what to do', async () => {
    await expect(choose({ mode: 'nftables', run: withoutNft })).rejects.toThrow(
      /install nftables .* --insecure-no-guard/,
    );
  });

  it('by insecure-off are no rules, and those of an earlier run are removed', async () => {
    await (await choose()).tie(OWN);
    expect((await choose({ mode: 'insecure-off' })).kind).toBe('none');
    expect(await tables()).toEqual([]);
  });

  it('remove those of nodes whose interfaces are gone, and nothing else', async () => {
    for (const link of ['here0', 'slots0-b']) {
      await runOrThrow(host.run, 'ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', `${link}x`]);
    }
    for (const name of ['gone0', 'here0', 'slots0']) {
      await (await choose({ name: parseInterfaceName(name) })).tie(OWN);
    }
    await nft(host, 'add', 'table', 'inet', 'meshhost-foreign');
    await nft(host, 'add', 'table', 'inet', 'other');
    await choose();
    expect((await tables()).sort()).toEqual([
      'table inet meshhost-foreign',
      'table inet meshhost-here0',
      'table inet meshhost-slots0',
      'table inet other',
    ]);
  });
});

describe('host rules', () => {
  it.each(['drop', 'allow'] as const)(
    'are applied at once, with %s, and again for other addresses',
    async (forwarding) => {
      const rules = await choose({
        forwarding,
        networks: addresses('10.44.0.0/16', '10.44.128.0/17', 'fd44::/64'),
      });
      await rules.tie(OWN);
      expect(rules.state()).toEqual({ kind: 'applied' });
      const first = await listed();
      expect(first).toContain('10.44.0.1');
      await rules.tie(addresses('10.44.0.9'));
      const second = await listed();
      expect(second).toContain('10.44.0.9');
      expect(second).not.toContain('10.44.0.1,');
      expect(second).not.toContain('fd44::1');
      expect(altered).toBe(0);
    },
  );

  it('of a node without an address of a family drop that family from the overlay', async () => {
    const rules = await choose({ networks: addresses('10.44.0.0/16') });
    await rules.tie(addresses('10.44.0.1'));
    expect(await listed()).toMatch(/ip6 saddr != @networks6 drop/);
  });

  it.each([
    ['flushed every rule', ['flush', 'ruleset']],
    ['deleted a rule', ['flush', 'chain', 'inet', 'meshhost-mesh0', 'elsewhere']],
    ['took an address out', ['delete', 'element', 'inet', 'meshhost-mesh0', 'own4', '{ 10.44.0.1 }']],
    ['let everything in', ['insert', 'rule', 'inet', 'meshhost-mesh0', 'input', 'accept']],
  ])('are corrected, which is reported, when somebody %s', async (_, command) => {
    const rules = await choose();
    await rules.tie(OWN);
    const before = await listed();
    await nft(host, ...command);
    await rules.tie(OWN);
    expect(await listed()).toBe(before);
    await rules.tie(OWN);
    expect(altered).toBe(1);
  });

  it('replace those of an earlier run, and outlive this run', async () => {
    await (await choose()).tie(addresses('10.44.0.7'));
    await choose();
    expect(await listed()).toContain('10.44.0.7');
    await (await choose()).tie(OWN);
    expect(await listed()).not.toContain('10.44.0.7');
    expect(altered).toBe(0);
  });

  it('that cannot be applied are an error in the status until they can', async () => {
    let broken = true;
    const rules = await choose({
      run: (program, args, options) =>
        broken && args[0] === '-f'
          ? Promise.reject(new TunnelError('permission_denied', 'not allowed'))
          : host.run(program, args, options),
    });
    await expect(rules.tie(OWN)).rejects.toMatchObject({ code: 'permission_denied' });
    expect(rules.state()).toEqual({ kind: 'failed', code: 'permission_denied', message: 'not allowed' });
    broken = false;
    await rules.tie(OWN);
    expect(rules.state()).toEqual({ kind: 'applied' });
  });

  it('do not affect the interfaces and the address of another node on this host', async () => {
    await (await choose({ name: parseInterfaceName('other0') })).tie(addresses('10.44.0.9'));
    const rules = await choose({ run: withLink('other0') });
    await rules.tie(OWN);
    const text = await listed();
    expect(text).toMatch(/iifname "other0-a" return\n.*iifname "other0-b" return\n.*saddr @networks4 drop/);
    expect(text.indexOf('daddr @own6 drop')).toBeLessThan(text.indexOf('"other0"'));
    await nft(host, 'delete', 'table', 'inet', 'meshhost-other0');
    await rules.tie(OWN);
    expect([await listed(), altered]).toEqual([expect.not.stringContaining('other0'), 0]);
  });

  it('are applied again once nft works again, and ignore another program’s table with a similar name', async () => {
    let broken = false;
    const rules = await choose({
      run: (program, args, options) =>
        broken && args.join(' ') === 'list tables'
          ? Promise.reject(new TunnelError('timeout', 'no answer'))
          : host.run(program, args, options),
    });
    await nft(host, 'add', 'table', 'inet', 'meshhost-longer-than-any-interface');
    await rules.tie(OWN);
    broken = true;
    await expect(rules.tie(OWN)).rejects.toMatchObject({ code: 'timeout' });
    expect(rules.state()).toMatchObject({ kind: 'failed' });
    broken = false;
    await rules.tie(OWN);
    expect([rules.state(), altered]).toEqual([{ kind: 'applied' }, 0]);
  });

  it('are applied once if two engines ask at the same time', async () => {
    const rules = await choose();
    await Promise.all([rules.tie(OWN), rules.tie(OWN), rules.tie(OWN)]);
    expect(rules.state()).toEqual({ kind: 'applied' });
    expect(altered).toBe(0);
  });

  it('are removed without a trace, and every other table stays', async () => {
    await nft(host, 'add', 'table', 'inet', 'operators');
    await nft(host, 'add', 'table', 'inet', 'meshhost-other');
    const before = await tables();
    const rules = await choose();
    await rules.tie(OWN);
    await rules.down();
    await rules.down();
    expect(await tables()).toEqual(before);
  });
});
