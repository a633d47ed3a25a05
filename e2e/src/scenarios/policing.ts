// Limits hold: UDP is sent at twice a pair's limit and measured at its destination, in both directions. A
// node that comes back from a denial is limited for a while. A node whose service answers too badly is
// limited as long as it does so. Node `c` has no guard, so its peer enforces every limit on their pair.

import { flood, type Mesh, until } from '@mesh/e2e';
import { inMesh, type Scenario, untilAllIn } from '../scenario.ts';
import { whileUnattended } from './policing/unattended.ts';

const NODES = ['a', 'b', 'c'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 3;
const BENCHMARK_SECONDS = 2;
/** Less than the interval with its jitter, so that each result counts. */
const MIN_RESULT_GAP_MS = 1_500;
const LIMIT = 5_000_000;
const SECONDS = 10;
const TOLERANCE = 0.1;
/** Long enough for the measurements. */
const PROBATION_EPOCHS = 10;

export const policingScenario: Scenario = {
  about: 'a limit of 5 Mbit/s for a pair holds within 10 % against twice as much, and others are not limited',
  mechanisms: {
    limits: {
      about: 'agents that read the limits and forget them',
      agents: [
        { module: 'packages/wg-device/src/guard/pair-limit.ts', replacedBy: 'e2e/faults/limits-ignored.ts' },
      ],
    },
  },
  run: (run) =>
    inMesh<Name, { ok: boolean; measured: Record<string, unknown> }>(
      run,
      NODES,
      {
        epochSeconds: EPOCH_SECONDS,
        benchmarkSeconds: BENCHMARK_SECONDS,
        policy: {
          classes: [{ name: 'limited' }],
          declining: { below: 0.9, consecutiveClear: 2 },
          minResultGapMs: MIN_RESULT_GAP_MS,
        },
        controllerSettings: {
          classes: { limited: { limit_bits_per_second: LIMIT } },
          probation: { limit_bits_per_second: LIMIT, epochs: PROBATION_EPOCHS },
          declining: { limit_bits_per_second: LIMIT },
        },
        classes: { c: 'limited' },
        agentSettings: { c: { guard: { mode: 'insecure-off' } } },
      },
      async (mesh, lab) => {
        const { quick, say } = run;
        const mbits = async (from: Name, to: Name): Promise<number> => {
          const result = await flood(mesh.node(from).host, mesh.node(to).host, {
            address: mesh.node(to).address,
            bitsPerSecond: 2 * LIMIT,
            seconds: SECONDS,
          });
          const [sent, received] = [result.sentBitsPerSecond, result.receivedBitsPerSecond].map(inMbits);
          say(`${from} → ${to}: ${sent} Mbit/s sent, ${received} received`);
          return received ?? Number.NaN;
        };
        await untilFlowing(mesh, 'a', 'c');
        await untilFlowing(mesh, 'a', 'b');
        const egress = await mbits('a', 'c');
        const ingress = await mbits('c', 'a');
        const unlimited = await mbits('a', 'b');
        const limited = [egress, ingress];
        const measured = { limit: inMbits(LIMIT), egress, ingress, unlimited };
        if (quick) return { ok: limited.every(holds) && isUnlimited(unlimited), measured };

        const enforcer = {
          node: mesh.node('a'),
          cut: () => lab.cut('a', { from: 'controller' }),
          heal: () => lab.heal('a', { from: 'controller' }),
        };
        const unattended = await whileUnattended(enforcer, async () => [
          await mbits('a', 'c'),
          await mbits('c', 'a'),
        ]);
        await untilFlowing(mesh, 'a', 'c');
        const decline = await whileDeclining(mesh, mbits);

        await mesh.admin.quarantine('b', 'policing scenario');
        await mesh.admin.release('b', 'policing scenario');
        await untilAllIn(mesh, ['b']);
        const since = (await mesh.admin.epoch()).epoch_id;
        await untilFlowing(mesh, 'a', 'b');
        const onProbation = await mbits('b', 'a');
        await until('the end of probation', 2 * PROBATION_EPOCHS * EPOCH_SECONDS * 1_000, async () =>
          (await mesh.admin.epoch()).epoch_id > since + PROBATION_EPOCHS ? true : undefined,
        );
        const afterProbation = await mbits('b', 'a');
        const ok =
          [...limited, ...Object.values(unattended).flat(), onProbation].every(holds) &&
          [unlimited, afterProbation].every(isUnlimited);
        return {
          ok: ok && decline.ok,
          measured: {
            ...measured,
            unattended,
            ...decline.measured,
            on_probation: onProbation,
            after_probation: afterProbation,
          },
        };
      },
    ),
};

/**
 * The service of `a` flatters its users for a while: good enough to stay (0.71 by the suite), but inside the
 * warning band.
 */
async function whileDeclining(mesh: Mesh<Name>, mbits: (from: Name, to: Name) => Promise<number>) {
  const untilDeclining = (wanted: boolean) =>
    until(wanted ? 'a declines' : 'a recovers', 30_000, async () => {
      const a = (await mesh.admin.nodes()).nodes.find(({ node_id }) => String(node_id) === 'a');
      return a?.membership === 'ALLOWED' && a.declining === wanted ? true : undefined;
    });
  mesh.node('a').become('flattering');
  await untilDeclining(true);
  const declining = await mbits('a', 'b');
  mesh.node('a').become('aligned');
  await untilDeclining(false);
  const recovered = await mbits('a', 'b');
  return { ok: holds(declining) && isUnlimited(recovered), measured: { declining, recovered } };
}

function inMbits(bitsPerSecond: number): number {
  return Math.round(bitsPerSecond / 10_000) / 100;
}

function holds(mbits: number): boolean {
  return Math.abs(mbits / inMbits(LIMIT) - 1) <= TOLERANCE;
}

/** Whether all sent packets arrive, except those that userspace WireGuard drops on a loaded machine. */
function isUnlimited(mbits: number): boolean {
  return mbits > 1.6 * inMbits(LIMIT);
}

async function untilFlowing(mesh: Mesh<Name>, from: Name, to: Name): Promise<void> {
  await until(`${from} reaches ${to}`, 20_000, async () => {
    const { receivedBitsPerSecond } = await flood(mesh.node(from).host, mesh.node(to).host, {
      address: mesh.node(to).address,
      bitsPerSecond: 100_000,
      seconds: 0.5,
    });
    return receivedBitsPerSecond > 0 ? true : undefined;
  });
}
