// The order of looks at the host's routes: what a call during a look gets, and when the result of a look
// counts.

import { parseAllowedIp } from '@mesh/wg';
import type { RouteLook, RouteSurvey } from '@mesh/wg-device';
import { createDryRunOverlayRoutes, TunnelError } from '@mesh/wg-device';
import { expectCode } from '@mesh/wg-device/contract';
import { describe, expect, it } from 'vitest';
import { createRouteWatch } from '../../src/engine/one-interface/route-watch.ts';
import { config } from '../support/engine-harness.ts';

interface Pending {
  readonly wanted: RouteLook;
  readonly end: (survey?: Partial<RouteSurvey>) => void;
  readonly fail: (error: TunnelError) => void;
}

function open() {
  const pending: Pending[] = [];
  const watch = createRouteWatch(
    {
      networks: [parseAllowedIp('10.9.0.0/24')],
      addresses: [parseAllowedIp('10.9.0.250')],
      onOverlap: 'host-routes',
    },
    {
      routes: {
        ...createDryRunOverlayRoutes(() => undefined),
        look: (wanted) =>
          new Promise((resolve, reject) => {
            pending.push({
              wanted,
              end: (survey) => resolve({ foreign: [], strays: [], ...survey }),
              fail: reject,
            });
          }),
      },
      clock: { nowMs: () => 0 },
      found: () => undefined,
      gone: () => undefined,
    },
  );
  const begun = async (count: number) => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    expect(pending).toHaveLength(count);
    return pending.at(-1) as Pending;
  };
  return { watch, begun };
}

describe('a look', () => {
  it('is shared by all calls during it, and each of them waits for its end', async () => {
    const { watch, begun } = open();
    watch.follow(config(['a']));
    const looks = [watch.look('mesh0-a'), watch.look('mesh0-b')];
    (await begun(1)).end();
    await Promise.all(looks);
    expect(watch.mustLook()).toBe(false);
  });

  it('for a newer config comes after the current one, and has the last word', async () => {
    const { watch, begun } = open();
    watch.follow(config(['a']));
    const first = watch.look('mesh0');
    const early = await begun(1);
    watch.follow(config(['a', 'b']));
    const second = watch.look('mesh0');
    await begun(1);
    early.end();
    await first;
    expect(watch.mustLook()).toBe(true);
    const late = await begun(2);
    expect(late.wanted.blocks).toHaveLength(2);
    late.end();
    await second;
    expect(watch.mustLook()).toBe(false);
  });

  it('that fails leaves the peers unchecked, and does not prevent the next one', async () => {
    const { watch, begun } = open();
    watch.follow(config(['a']));
    const failing = watch.look('mesh0');
    (await begun(1)).fail(new TunnelError('timeout', 'no answer'));
    await expectCode(failing, 'timeout');
    expect(watch.mustLook()).toBe(true);
    const next = watch.look('mesh0');
    (await begun(2)).end();
    await next;
    expect(watch.mustLook()).toBe(false);
  });

  it('does not count if the interface was replaced meanwhile', async () => {
    const { watch, begun } = open();
    watch.follow(config(['a']));
    const old = watch.look('mesh0');
    const early = await begun(1);
    watch.forget();
    const anew = watch.look('mesh0');
    early.end();
    await old;
    expect(watch.mustLook()).toBe(true);
    (await begun(2)).end();
    await anew;
    expect(watch.mustLook()).toBe(false);
  });

  it('that was requested during another is still due when that ends', async () => {
    const { watch, begun } = open();
    expect(watch.isDue()).toBe(true);
    const look = watch.look('mesh0');
    const { end } = await begun(1);
    expect(watch.isDue()).toBe(false);
    watch.outdate();
    end();
    await look;
    expect(watch.isDue()).toBe(true);
  });
});
