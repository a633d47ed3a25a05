// Which host rules a node gets, by the real nft, and what is swept on the way.

import { createLogger } from '@mesh/host';
import { parseInterfaceName } from '@mesh/wg';
import { type HostRules, runOrThrow, TunnelError } from '@mesh/wg-device';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addresses, nft } from '../../../../packages/wg-device/test/support/guard-lab.ts';
import { MESH, OWN, TABLE } from '../../../../packages/wg-device/test/support/host-rules-lab.ts';
import { createLabHost, type LabHost } from '../../../../packages/wg-device/test/support/lab-host.ts';
import {
  type ChooseHostRulesOptions,
  chooseHostRules,
  removeHostRules,
} from '../../src/guard/choose-host-rules.ts';

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
    ...TABLE,
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

describe('the host rules that are chosen', () => {
  it.each(['auto', 'nftables'] as const)(
    'by %s are nftables where it works; trying it leaves nothing',
    async (mode) => {
      const rules = await choose({ mode });
      expect([rules.kind, rules.state()]).toEqual(['nftables', { kind: 'idle' }]);
      expect(await tables()).toEqual([]);
    },
  );

  it('by auto are none without nft, and nothing fails by that', async () => {
    const rules = await choose({ run: withoutNft });
    await rules.tie(OWN);
    await rules.down();
    await removeHostRules({ name: MESH, run: withoutNft, runtimeDir: host.runtimeDir });
    expect([rules.kind, rules.state()]).toEqual(['none', { kind: 'idle' }]);
  });

  it('by nftables are refused there, with what to do', async () => {
    await expect(choose({ mode: 'nftables', run: withoutNft })).rejects.toThrow(
      /install nftables .* --insecure-no-guard/,
    );
  });

  it('by insecure-off are none, and those of an earlier run are gone', async () => {
    await (await choose()).tie(OWN);
    expect((await choose({ mode: 'insecure-off' })).kind).toBe('none');
    expect(await tables()).toEqual([]);
  });

  it('sweep those of nodes whose interfaces are gone, and nothing else', async () => {
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

  it('take the place of those of an earlier run, which outlive it until then', async () => {
    await (await choose()).tie(addresses('10.44.0.7'));
    await choose();
    expect(await listed()).toContain('10.44.0.7');
    await (await choose()).tie(OWN);
    expect(await listed()).not.toContain('10.44.0.7');
    expect(altered).toBe(0);
  });
});
