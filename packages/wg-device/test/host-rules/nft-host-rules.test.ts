// The host rules, by the real nft: how they are laid, kept and taken away.

import { parseInterfaceName } from '@mesh/wg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostRules } from '../../src/host-rules/host-rules.ts';
import { TunnelError } from '../../src/port/tunnel-error.ts';
import { addresses, nft } from '../support/guard-lab.ts';
import { type OpenHostRules, OWN, openHostRules } from '../support/host-rules-lab.ts';
import { createLabHost, type LabHost } from '../support/lab-host.ts';

let host: LabHost;
let altered: number;
beforeEach(async () => {
  host = await createLabHost();
  altered = 0;
});
afterEach(async () => {
  await host.close();
});

function open(options: OpenHostRules = {}): HostRules {
  const onAltered = () => {
    altered += 1;
  };
  return openHostRules(host, { onAltered, ...options });
}

const listed = () => nft(host, 'list', 'table', 'inet', 'meshhost-mesh0');
const tables = async () => (await nft(host, 'list', 'tables')).split('\n').filter((line) => line !== '');

describe('host rules', () => {
  it.each(['drop', 'allow'] as const)(
    'are written at once, with %s, and again for other addresses',
    async (forwarding) => {
      const rules = open({
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
    const rules = open({ networks: addresses('10.44.0.0/16') });
    await rules.tie(addresses('10.44.0.1'));
    expect(await listed()).toMatch(/ip6 saddr != @networks6 drop/);
  });

  it.each([
    ['flushed every rule', ['flush', 'ruleset']],
    ['deleted a rule', ['flush', 'chain', 'inet', 'meshhost-mesh0', 'elsewhere']],
    ['took an address out', ['delete', 'element', 'inet', 'meshhost-mesh0', 'own4', '{ 10.44.0.1 }']],
    ['let everything in', ['insert', 'rule', 'inet', 'meshhost-mesh0', 'input', 'accept']],
  ])('are put right, and it is said, when somebody %s', async (_, command) => {
    const rules = open();
    await rules.tie(OWN);
    const before = await listed();
    await nft(host, ...command);
    await rules.tie(OWN);
    expect(await listed()).toBe(before);
    await rules.tie(OWN);
    expect(altered).toBe(1);
  });

  it('that cannot be laid are an error with its state, until they can', async () => {
    let broken = true;
    const rules = open({
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

  it('leave the interfaces of another node on this host to its own rules, and its address', async () => {
    await open({ name: parseInterfaceName('other0') }).tie(addresses('10.44.0.9'));
    const rules = open();
    await rules.tie(OWN);
    const text = await listed();
    expect(text).toMatch(/iifname "other0-a" return\n.*iifname "other0-b" return\n.*saddr @networks4 drop/);
    expect(text.indexOf('daddr @own6 drop')).toBeLessThan(text.indexOf('"other0"'));
    await nft(host, 'delete', 'table', 'inet', 'meshhost-other0');
    await rules.tie(OWN);
    expect([await listed(), altered]).toEqual([expect.not.stringContaining('other0'), 0]);
  });

  it('are applied again once nft can be asked again, and do not mind a stranger’s table of like name', async () => {
    let broken = false;
    const rules = open({
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

  it('of two engines that ask at one time are laid once', async () => {
    const rules = open();
    await Promise.all([rules.tie(OWN), rules.tie(OWN), rules.tie(OWN)]);
    expect(rules.state()).toEqual({ kind: 'applied' });
    expect(altered).toBe(0);
  });

  it('go down without a trace, and leave every other table alone', async () => {
    await nft(host, 'add', 'table', 'inet', 'operators');
    await nft(host, 'add', 'table', 'inet', 'meshhost-other');
    const before = await tables();
    const rules = open();
    await rules.tie(OWN);
    await rules.down();
    await rules.down();
    expect(await tables()).toEqual(before);
  });
});
