// What the log says of a flood, and the counts that an operator sees.

import { createLogger } from '@mesh/host';
import { FakeClock } from '@mesh/host/test-kit';
import { beforeEach, describe, expect, it } from 'vitest';
import { FloodWatch } from '../../src/http/gate/flood-watch.ts';

let clock: FakeClock;
let lines: Record<string, unknown>[];
let watch: FloodWatch;
beforeEach(() => {
  clock = new FakeClock({ nowMs: 1_700_000_000_000 });
  lines = [];
  watch = new FloodWatch({
    nowMs: () => clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    timers: clock,
    logger: createLogger({ destination: { write: (line) => void lines.push(JSON.parse(line)) } }),
  });
});

function refuse(count: number, source = '192.0.2.1'): void {
  for (let refused = 0; refused < count; refused++) watch.count('tls_handshake', source);
}

describe('a flood', () => {
  it('is said once when it begins, each minute while it lasts, and when it is over', async () => {
    refuse(400);
    refuse(200, '192.0.2.2');
    expect(watch.floodSinceMs).toBeUndefined();
    await clock.advance(5_000);
    expect(watch.floodSinceMs).toBe(1_700_000_005_000);
    expect(lines).toMatchObject([
      {
        level: 'warn',
        count: 600,
        refused: { tls_handshake: 600 },
        sources: { '192.0.2.1': 400, '192.0.2.2': 200 },
      },
    ]);
    for (let window = 0; window < 12; window++) {
      refuse(500);
      await clock.advance(5_000);
    }
    expect(lines).toHaveLength(2);
    await clock.advance(5_000);
    expect(watch.floodSinceMs).toBeUndefined();
    expect(lines.at(-1)).toMatchObject({ level: 'info', msg: 'the flood is over' });
    expect(watch.totals).toMatchObject({ tls_handshake: 6_600, connection_rate: 0 });
  });

  it('does not begin with 499 refusals in five seconds', async () => {
    refuse(499);
    await clock.advance(5_000);
    refuse(499);
    await clock.advance(5_000);
    expect(watch.floodSinceMs).toBeUndefined();
    expect(lines).toEqual([]);
  });

  it('goes on while a fifth of that is refused', async () => {
    refuse(500);
    await clock.advance(5_000);
    refuse(100);
    await clock.advance(5_000);
    expect(watch.floodSinceMs).toBeDefined();
    refuse(99);
    await clock.advance(5_000);
    expect(watch.floodSinceMs).toBeUndefined();
  });

  it('from very many addresses is counted whole', async () => {
    for (let source = 0; source < 5_000; source++) watch.count('connection_rate', `source ${source}`);
    await clock.advance(5_000);
    expect(watch.totals.connection_rate).toBe(5_000);
    expect(lines).toHaveLength(1);
    expect(Object.keys(lines[0]?.sources as object)).toHaveLength(3);
  });
});
