import { parseAllowedIp } from '@mesh/wg';
import { TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { config, start } from '../support/engine-harness.ts';

describe('the host rules of an engine', () => {
  it('are applied before the interface gets its address, and checked with each check of the interface', async () => {
    const order: string[] = [];
    const { engine, before, settle, clock } = start({ tie: (own) => order.push(`tie ${own.join()}`) });
    before.up = () => order.push('up');
    engine.heard(180, config(['a']));
    await settle();
    expect(order.slice(0, 2)).toEqual([`tie ${parseAllowedIp('10.9.0.250')}`, 'up']);
    const seen = order.length;
    await clock.advance(30_000);
    await settle();
    expect(order.slice(seen, seen + 2)).toEqual([`tie ${parseAllowedIp('10.9.0.250')}`, 'up']);
  });

  it('that cannot be applied keep the interface down until they can', async () => {
    let isRefused = true;
    let ups = 0;
    const { engine, before, settle, clock } = start({
      tie: () => {
        if (isRefused) throw new TunnelError('permission_denied', 'not allowed');
      },
    });
    before.up = () => {
      ups += 1;
    };
    engine.heard(180, config(['a']));
    await settle();
    expect([ups, engine.snapshot().interfaceUp]).toEqual([0, false]);
    isRefused = false;
    await clock.advance(6_000);
    await settle();
    expect(engine.snapshot().interfaceUp).toBe(true);
  });
});
