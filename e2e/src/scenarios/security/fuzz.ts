// A million attacks on every route of every door, shared among processes that each have a controller.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { withFaults } from '@mesh/e2e';
import type { FuzzReport } from '../../../../apps/controller/test/support/fuzz/fuzz-doors.ts';
import { runShare } from '../../run-share.ts';
import type { ScenarioResult, ScenarioRun } from '../../scenario.ts';

const REQUESTS = 1_000_000;
const QUICK_REQUESTS = 4_000;
const SAY_EVERY = 50_000;
const MAIN = join(import.meta.dirname, 'fuzz-main.ts');

interface ShareResult {
  readonly report: FuzzReport;
  readonly scratched: readonly string[];
  /** Secrets that are where they do not belong. */
  readonly leaks: readonly string[];
}

/** `FUZZ_SEED` in the environment draws the attacks of an earlier run. */
export async function fuzzForLong({ quick, without, say }: ScenarioRun): Promise<ScenarioResult> {
  const shares = quick ? 1 : Math.min(8, availableParallelism());
  const requests = Math.ceil((quick ? QUICK_REQUESTS : REQUESTS) / shares);
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 30);
  say(`${shares} × ${requests} attacks, drawn with FUZZ_SEED=${seed}`);
  const sent = new Array<number>(shares).fill(0);
  let said = 0;
  const faults = withFaults(without?.controller ?? []);
  const results = await Promise.all(
    sent.map((_, share) =>
      runFuzz(requests, seed + share, faults, (count) => {
        sent[share] = count;
        const all = sent.reduce((sum, one) => sum + one, 0);
        if (all - said < SAY_EVERY) return;
        said = all;
        say(`${all} attacks`);
      }),
    ),
  );
  const found = results.flatMap(({ report: { fault } }) => (fault === undefined ? [] : [fault]));
  const leaked = results.flatMap(({ leaks }) => leaks);
  const shallow = results.flatMap(({ scratched }) => scratched);
  return {
    // Few attacks cannot tell how deep attacks get at each route.
    ok: found.length === 0 && leaked.length === 0 && (quick || shallow.length === 0),
    measured: {
      seed,
      attacks: results.reduce((sum, { report }) => sum + report.sent, 0),
      faults: found,
      scratched: shallow,
      leaked,
      refusal_entries: results.reduce((sum, { report }) => sum + report.refusalEntries, 0),
      dooms: sumOf(results.map(({ report }) => report.dooms)),
      depths: depthsOf(results.map(({ report }) => report)),
    },
  };
}

const runFuzz = (
  requests: number,
  seed: number,
  faults: ReturnType<typeof withFaults>,
  onProgress: (sent: number) => void,
): Promise<ShareResult> =>
  runShare<ShareResult, { readonly sent: number }>(
    { main: MAIN, args: [String(requests), String(seed)], ...faults },
    ({ sent }) => onProgress(sent),
  );

function sumOf(tallies: readonly Readonly<Partial<Record<string, number>>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const tally of tallies)
    for (const [name, count] of Object.entries(tally)) sum[name] = (sum[name] ?? 0) + (count ?? 0);
  return sum;
}

function depthsOf(reports: readonly FuzzReport[]): Record<string, Record<string, number>> {
  const names = Object.keys(reports[0]?.depths ?? {});
  return Object.fromEntries(
    names.map((name) => [name, sumOf(reports.map(({ depths }) => ({ ...depths[name] })))]),
  );
}
