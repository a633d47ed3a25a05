import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import type { Rotation } from '@mesh/protocol';
import { createNoGuard, TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/engine/port/engine.ts';
import { SwitchingEngine } from '../../src/engine/switching-engine.ts';
import { renewedLease } from '../../src/lease/lease.ts';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import { heldConfig, keySet, strictConfig } from '../support/plan-fixtures.ts';

const IN_PLACE = heldConfig(['a'], [keySet(4, ['a'])]);
const STRICT = strictConfig(['a'], [keySet(4, ['a'])]);

async function start(rotation: Rotation, failures = 0) {
  const clock = new FakeClock();
  const startedMs = clock.bootMs();
  const log: string[] = [];
  let failuresLeft = failures;
  const open = async (kind: Rotation): Promise<Engine> => {
    if (log.length > 0 && failuresLeft-- > 0) throw new TunnelError('busy', 'another process has the lock');
    log.push(`open ${kind}`);
    return {
      tunnel: undefined as never,
      guard: createNoGuard(),
      heard: (leaseSeconds: number, config?: HeldConfig) => {
        log.push(`${kind} heard ${config?.rotation ?? 'nothing new'}`);
        return renewedLease(clock.bootMs(), leaseSeconds);
      },
      resume: (lease, config) =>
        log.push(`${kind} resumes ${config?.rotation} until ${lease.endsAtBootMs - startedMs}`),
      snapshot: () => ({ trouble: undefined }) as never,
      members: () => ({ config: undefined, present: new Set<never>() }),
      run: (signal) => {
        log.push(`${kind} runs`);
        return new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            log.push(`${kind} ends`);
            resolve();
          }),
        );
      },
      down: async () => undefined,
      stop: () => undefined,
    };
  };
  const changes: (string | undefined)[] = [];
  const engine: SwitchingEngine = await SwitchingEngine.open({
    rotation,
    lease: undefined,
    open,
    troubleChanged: () => changes.push(engine.snapshot().trouble?.code),
    clock,
    timers: clock,
    logger: createLogger({ level: 'silent' }),
  });
  const stop = new AbortController();
  const done = engine.run(stop.signal);
  const settle = async (ms = 0) => {
    await clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await clock.advance(0);
  };
  const end = async () => {
    stop.abort();
    await done;
  };
  return { engine, log, changes, settle, end };
}

describe('an engine for either kind of rotation', () => {
  it('stays with its kind if the config asks for that kind', async () => {
    const { engine, log, settle, end } = await start('strict');
    engine.heard(180, STRICT);
    engine.heard(180);
    await settle();
    expect(log).toEqual(['open strict', 'strict runs', 'strict heard strict', 'strict heard nothing new']);
    await end();
  });

  it.each([
    ['in_place', STRICT, 'strict'],
    ['strict', IN_PLACE, 'in_place'],
  ] as const)(
    'from %s ends the old engine before it opens the new one, which gets the last config and lease',
    async (from, config, to) => {
      const { engine, log, settle, end } = await start(from);
      engine.heard(180, config);
      await settle();
      expect(log.slice(2)).toEqual([
        `${from} heard ${to}`,
        `${from} ends`,
        `open ${to}`,
        `${to} resumes ${to} until 180000`,
        `${to} runs`,
      ]);
      expect(engine.rotation).toBe(to);
      await end();
    },
  );

  it('tries again if the change fails', async () => {
    const { engine, log, changes, settle, end } = await start('in_place', 1);
    engine.heard(180, STRICT);
    await settle();
    expect(engine.rotation).toBe('in_place');
    expect(engine.snapshot().trouble?.code).toBe('busy');
    // Meanwhile the old engine continues: denials reach it, and it ends with the lease.
    expect(log.slice(-3)).toEqual(['open in_place', 'in_place resumes strict until 180000', 'in_place runs']);
    engine.heard(180, { ...STRICT, peers: new Map() });
    expect(log.at(-1)).toBe('in_place heard strict');
    await settle(5_000);
    // The change took five seconds, and the lease did not get longer.
    expect(log.slice(-4)).toEqual([
      'in_place ends',
      'open strict',
      'strict resumes strict until 180000',
      'strict runs',
    ]);
    // The trouble is reported once, and its end once.
    expect(changes).toEqual(['busy', undefined]);
    await end();
  });

  it('keeps trying if the old tunnels cannot be driven either', async () => {
    const { engine, log, changes, settle, end } = await start('in_place', 4);
    engine.heard(180, STRICT);
    await settle();
    await settle(5_000);
    expect(engine.rotation).toBe('in_place');
    await settle(5_000);
    expect(log.slice(-2)).toEqual(['strict resumes strict until 180000', 'strict runs']);
    expect(changes).toEqual(['busy', undefined]);
    await end();
  });
});
