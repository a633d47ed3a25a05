// Re-admission on the wire: the time from the boundary at which a node is in again to its first packets, over
// many re-admissions. In one pair both ends send. In the other pair only the end sends that gets its peer
// back first. Its first handshake comes too early, and only a keepalive from the other end repairs that in
// time.

import { CpuWaits, type Mesh, SPARSE_RATE, startMeters, until } from '@mesh/e2e';
import { addressesOf, inMesh, percentile, type Scenario } from '../scenario.ts';
import { allArrivedMs, flows, untilFlowing, untilMs } from '../traffic.ts';

const NODES = ['returning', 'talker', 'quiet'] as const;
type Name = (typeof NODES)[number];
const EPOCH_SECONDS = 2;
/** Without what the agents waited for a core. */
const LIMIT_MS = 1_000;
const SILENCE_MS = 300;
/** How far off the agents' clocks may be. */
const EARLY_MS = 50;
/** Without this, the agents' own probes would send the first packets. */
const UNPROBED = { probe: { port: 0 } };

export const readmissionScenario: Scenario = {
  about: 'a node that is admitted again exchanges packets with everybody in under a second',
  mechanisms: {
    keepalive: {
      about: 'peers are added without a keepalive',
      agents: [
        {
          module: 'packages/wg-device/src/device/device-tunnel.ts',
          replacedBy: 'e2e/faults/peers-without-keepalive.ts',
        },
      ],
    },
  },
  run: (run) =>
    inMesh<Name, { ok: boolean; measured: Record<string, unknown> }>(
      run,
      NODES,
      {
        epochSeconds: EPOCH_SECONDS,
        benchmarkSeconds: 5,
        services: [],
        agentSettings: { returning: UNPROBED, talker: UNPROBED, quiet: UNPROBED },
      },
      async (mesh, lab) => {
        const inFull = run.quick ? 2 : 12;
        const rounds = run.without === undefined ? inFull : 1;
        const oneWay = await talkerFirst(mesh);
        const meters = await startMeters(lab, {
          addresses: addressesOf(mesh, NODES),
          ...(run.quick && { rate: SPARSE_RATE }),
          pairs: [['returning', 'talker'], ['talker', 'returning'], oneWay],
        });
        const bothWays = [meters.between('returning', 'talker'), meters.between('talker', 'returning')];
        const agents = NODES.map((name) => mesh.node(name).agent.pid);
        using waits = new CpuWaits(() => agents);
        const waitedFor: number[] = [];
        const took: { both_ways: number[]; one_way: number[] } = { both_ways: [], one_way: [] };
        for (let round = 0; round < rounds; round++) {
          await untilFlowing('every pair', meters.all);
          const { size } = await mesh.admin.log({ from: 0, limit: 1 });
          await mesh.admin.quarantine('returning', 'readmission scenario');
          await until('the wire is silent', 10_000, () =>
            meters.all.some((meter) => flows([meter], SILENCE_MS)) ? undefined : true,
          );
          const silentMs = Date.now();
          await mesh.admin.release('returning', 'readmission scenario');
          const admittedMs = await until('it is admitted again', 30_000, () => admission(mesh, size));
          await untilMs('the boundary', admittedMs);
          const all = [...bothWays, meters.between(...oneWay)];
          const waitedMs = () => waits.waitedMs(agents, admittedMs, Date.now());
          await until('the first packets, or the limit', 120_000, () =>
            allArrivedMs(all, silentMs) !== undefined || Date.now() - admittedMs - waitedMs() >= LIMIT_MS
              ? true
              : undefined,
          );
          const waited = waitedMs();
          const after = (streams: typeof bothWays) =>
            (allArrivedMs(streams, silentMs) ?? Number.POSITIVE_INFINITY) - admittedMs;
          const [bothMs, oneMs] = [after(bothWays), after([meters.between(...oneWay)])];
          took.both_ways.push(bothMs);
          took.one_way.push(oneMs);
          waitedFor.push(waited);
          run.say(
            `${round + 1} of ${rounds}: ${bothMs.toFixed()} and ${oneMs.toFixed()} ms, ${waited.toFixed()} of them for a core`,
          );
        }
        await meters.stop();
        const figures = (samples: readonly number[]) => ({
          p50: Math.round(percentile(samples, 0.5)),
          max: Math.round(Math.max(...samples)),
        });
        return {
          ok: [took.both_ways, took.one_way].every((times) =>
            times.every((ms, round) => ms >= -EARLY_MS && ms - (waitedFor[round] ?? 0) < LIMIT_MS),
          ),
          measured: {
            readmissions: rounds,
            limit_ms: LIMIT_MS,
            first_packet_both_ways_ms: figures(took.both_ways),
            first_packet_one_way_ms: figures(took.one_way),
            waited_for_a_core_ms: figures(waitedFor),
          },
        };
      },
    ),
};

/** The direction from the end that gets its peer back first. That is the end with the higher public key. */
async function talkerFirst(mesh: Mesh<Name>): Promise<readonly [from: Name, to: Name]> {
  const [returning, quiet] = await Promise.all(
    (['returning', 'quiet'] as const).map(async (name) =>
      Buffer.from((await mesh.admin.node(name)).wg_public_keys.a, 'base64'),
    ),
  );
  return Buffer.compare(returning ?? Buffer.of(), quiet ?? Buffer.of()) > 0
    ? ['returning', 'quiet']
    : ['quiet', 'returning'];
}

/** When the epoch into which the node was admitted begins, by the log from `from` onwards. */
async function admission(mesh: Mesh<Name>, from: number): Promise<number | undefined> {
  const entries = (await mesh.log(from)).map(({ entry }) => entry);
  const admitted = entries.find((entry) => entry.type === 'node_admitted' && entry.node_id === 'returning');
  const opened = entries.find(
    (entry) => entry.type === 'epoch_opened' && entry.epoch_id === admitted?.epoch_id,
  );
  if (admitted === undefined || opened === undefined) return undefined;
  return Date.parse((opened.data as Readonly<Record<string, string>>).activate_at ?? 'missing');
}
