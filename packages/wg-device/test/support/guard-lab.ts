// Opens a guard on a lab host, with the host's own nft.

import { FakeClock } from '@mesh/host/test-kit';
import { type Cidr, parseAllowedIp } from '@mesh/wg';
import type { GuardedPeer } from '../../src/guard/lease-guard.ts';
import { type GuardNote, NftGuard, type NftGuardOptions } from '../../src/guard/nft-guard.ts';
import { type PairLimit, parsePairLimit } from '../../src/guard/pair-limit.ts';
import type { RunCommand } from '../../src/linux/run-command.ts';
import { runOrThrow } from '../../src/linux/run-command.ts';
import { createRunNft } from '../../src/nft/run-nft.ts';
import { NAME } from './fixtures.ts';
import type { LabHost } from './lab-host.ts';

export const addresses = (...texts: readonly string[]): Cidr[] => texts.map(parseAllowedIp);

export function limit(bitsPerSecond: number): PairLimit {
  const parsed = parsePairLimit(bitsPerSecond);
  if (parsed === undefined) throw new Error('a limit that counts');
  return parsed;
}

export function guardedPeer(n: number, bitsPerSecond?: number): GuardedPeer {
  return {
    addresses: addresses(`10.44.0.${n}`, `fd44::${n}`),
    ...(bitsPerSecond === undefined ? {} : { limit: limit(bitsPerSecond) }),
  };
}

export interface OpenGuard {
  readonly guard: NftGuard;
  readonly clock: FakeClock;
  readonly notes: GuardNote[];
  /** The nft calls that changed something or tried to, as batches' first words. */
  readonly calls: () => number;
}

export function openGuard(
  host: Pick<LabHost, 'run' | 'runtimeDir'>,
  options: Partial<NftGuardOptions> & { readonly run?: RunCommand } = {},
): OpenGuard {
  const clock = new FakeClock();
  const notes: GuardNote[] = [];
  let calls = 0;
  const { run: through = host.run, ...others } = options;
  const run: RunCommand = (program, args, more) => {
    if (args.includes('-f')) calls += 1;
    return through(program, args, more);
  };
  const guard = new NftGuard({
    table: { interfaceName: NAME, forwarding: 'drop' },
    nft: createRunNft({ run, runtimeDir: host.runtimeDir, interfaceName: NAME }),
    clock,
    timers: clock,
    verifyMs: 30_000,
    note: (note) => notes.push(note),
    ...others,
  });
  return { guard, clock, notes, calls: () => calls };
}

/** The time in milliseconds that each live address was given. */
export async function liveElements(host: Pick<LabHost, 'run'>): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const set of ['live4', 'live6']) {
    const text = await nft(host, 'list', 'set', 'inet', `mesh-${NAME}`, set);
    for (const [, address = '', timeout = ''] of text.matchAll(/([0-9a-f.:]+) timeout (\w+) expires/g)) {
      found[address] = readTime(timeout);
    }
  }
  return found;
}

function readTime(text: string): number {
  const unit: Record<string, number> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
  return [...text.matchAll(/(\d+)(ms|[dhms])/g)].reduce(
    (sum, [, count = '', name = '']) => sum + Number(count) * (unit[name] ?? Number.NaN),
    0,
  );
}

export async function nft(host: Pick<LabHost, 'run'>, ...args: readonly string[]): Promise<string> {
  return new TextDecoder().decode(await runOrThrow(host.run, 'nft', args));
}
