import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { createRunCommand, runOrThrow, TunnelError } from '@mesh/wg-device';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NAME } from '../../../../packages/wg-device/test/support/fixtures.ts';
import { guardedPeer, nft, openGuard } from '../../../../packages/wg-device/test/support/guard-lab.ts';
import { createLabHost, type LabHost } from '../../../../packages/wg-device/test/support/lab-host.ts';
import { type ChooseGuardOptions, chooseGuard } from '../../src/guard/choose-guard.ts';

let host: LabHost;
beforeEach(async () => {
  host = await createLabHost();
});
afterEach(async () => {
  await host.close();
});

function choose(options: Partial<ChooseGuardOptions> = {}) {
  const clock = new FakeClock();
  return chooseGuard({
    mode: 'auto',
    forwarding: 'drop',
    interfaceName: NAME,
    run: host.run,
    runtimeDir: host.runtimeDir,
    clock,
    timers: clock,
    verifyMs: 30_000,
    note: () => undefined,
    logger: createLogger({ level: 'silent' }),
    ...options,
  });
}

const withoutNft: ChooseGuardOptions['run'] = (program, args, options) =>
  program === 'nft'
    ? Promise.reject(new TunnelError('unavailable', 'nft is not installed'))
    : host.run(program, args, options);

/** Runs on the same host without this one capability. */
function withoutNetAdmin() {
  return createRunCommand([...host.enter, 'setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin']);
}

describe('the guard that is chosen', () => {
  it.each(['auto', 'nftables'] as const)(
    'by %s is nftables if that works, and trying it leaves nothing',
    async (mode) => {
      expect((await choose({ mode })).kind).toBe('nftables');
      expect(await nft(host, 'list', 'tables')).toBe('');
    },
  );

  it('by auto is no guard if nft or the right to use it is missing', async () => {
    expect((await choose({ run: withoutNft })).kind).toBe('none');
    expect((await choose({ run: withoutNetAdmin() })).kind).toBe('none');
  });

  it('by nftables is refused then, with a message that says what to do', async () => {
    for (const run of [withoutNft, withoutNetAdmin()]) {
      await expect(choose({ mode: 'nftables', run })).rejects.toThrow(
        /install nftables .* --insecure-no-guard/,
      );
    }
  });

  it('by insecure-off is no guard, and an earlier guard does not close the interface', async () => {
    const { guard, clock } = openGuard(host);
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 60_000 });
    guard.stop();
    expect((await choose({ mode: 'insecure-off' })).kind).toBe('none');
    expect(await nft(host, 'list', 'tables')).toBe('');
  });

  it('keeps the table of an earlier run of this interface', async () => {
    const { guard, clock } = openGuard(host);
    await guard.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 60_000 });
    guard.stop();
    const before = await nft(host, '-t', 'list', 'ruleset');
    await choose();
    expect(await nft(host, '-t', 'list', 'ruleset')).toBe(before);
  });

  it('removes guards of interfaces that are gone, and nothing else', async () => {
    const runtimeDir = host.runtimeDir;
    for (const interfaceName of ['gone0', 'here0']) {
      const clock = new FakeClock();
      const other = await choose({ interfaceName, runtimeDir, clock, timers: clock });
      await other.apply({ peers: [guardedPeer(2)], endsAtBootMs: clock.bootMs() + 60_000 });
      other.stop();
    }
    await runOrThrow(host.run, 'ip', ['link', 'add', 'here0', 'type', 'veth', 'peer', 'name', 'there0']);
    await nft(host, 'add', 'table', 'inet', 'mesh-foreign');
    await nft(host, 'add', 'table', 'inet', 'other');
    await choose();
    expect((await nft(host, 'list', 'tables')).trim().split('\n').sort()).toEqual([
      'table inet mesh-foreign',
      'table inet mesh-here0',
      'table inet other',
    ]);
  });
});
