// The story: three nodes are admitted, keys rotate under traffic, one node's service goes bad and the node is
// cut off, then it recovers and is admitted again. Packet meters check every claim.

import { type Mesh, type Meters, until } from '@mesh/e2e';
import type { Checks } from './report.ts';
import type { Story } from './story.ts';
import { describeScores, findEntry, logSize, NAMES, type NodeName, untilMembership } from './watch-mesh.ts';

export interface ScenarioContext {
  readonly mesh: Mesh<NodeName>;
  readonly story: Story;
  readonly checks: Checks;
  readonly epochSeconds: number;
  /** Starts the packet meters once the nodes are in; undefined if there are no tunnels. */
  readonly startMeters: (() => Promise<Meters<NodeName>>) | undefined;
}

const CUT_WITHIN_MS = 1_000;
const LATE_MS = 2_000;
/** How many boundaries pass before anything else happens, so that rotation is first measured alone. */
const QUIET_EPOCHS = 3;
/** How long c must stay silent to count as cut. */
const SILENCE_MS = 3_000;

export async function playScenario(context: ScenarioContext): Promise<void> {
  const { mesh, story, checks } = context;
  await earnAdmission(context);
  const meters = await context.startMeters?.();
  try {
    if (meters !== undefined) await exchangePackets(context, meters);
    const steadyFromMs = Date.now();
    await rotate(context);
    const cut = await misbehave(context, meters);
    await recover(context, meters, cut.deniedAtMs);
    const lastEpoch = (await mesh.admin.epoch()).epoch_id;
    if (meters !== undefined) await countLosses(context, meters, steadyFromMs);
    checks.add('epochs rotated', lastEpoch - cut.firstEpoch >= QUIET_EPOCHS, {
      epochs: lastEpoch - cut.firstEpoch,
    });
    story.say(`epochs ${cut.firstEpoch} to ${lastEpoch} were seen`);
  } finally {
    await meters?.stop();
  }
}

async function earnAdmission({ mesh, story, checks, epochSeconds }: ScenarioContext): Promise<void> {
  story.chapter('1. Three nodes measure themselves and earn admission');
  const nodes = await Promise.all(
    NAMES.map((name) =>
      untilMembership(mesh, name, 'ALLOWED', 30_000 + epochSeconds * 2_000, (node) =>
        story.say(`${name} reports ${describeScores(node)} — ${node.membership}: ${node.reason}`),
      ),
    ),
  );
  for (const node of nodes) story.good(`${node.node_id} is in, at ${node.addresses[0]}: ${node.reason}`);
  checks.add(
    'a, b and c earned admission',
    true,
    Object.fromEntries(nodes.map((node) => [node.node_id, node.last_benchmark?.overall ?? null])),
  );
}

async function exchangePackets({ story, checks }: ScenarioContext, meters: Meters<NodeName>): Promise<void> {
  const pairs = await until('packets on every pair, both ways', 20_000, () => {
    const arrived = meters.all.filter((meter) => meter.arrivals().length > 0);
    return arrived.length === meters.all.length ? arrived : undefined;
  });
  story.good(
    `${pairs.map((meter) => `${meter.from}→${meter.to}`).join('  ')}  exchange packets, 50 a second each`,
  );
  checks.add('every pair exchanges packets', true, { streams: pairs.length });
}

async function rotate({ mesh, story, epochSeconds }: ScenarioContext): Promise<void> {
  story.chapter('2. Preshared keys change every epoch; traffic does not notice');
  let epoch = (await mesh.admin.epoch()).epoch_id;
  const last = epoch + QUIET_EPOCHS;
  while (epoch < last) {
    const now = await until('the next epoch', epochSeconds * 3_000, async () => {
      const status = await mesh.admin.epoch();
      return status.epoch_id > epoch ? status : undefined;
    });
    epoch = now.epoch_id;
    story.say(`epoch ${epoch} is in force, commitment ${now.secret_hash.slice(0, 23)}…`);
  }
}

interface Cut {
  readonly firstEpoch: number;
  readonly deniedAtMs: number;
}

async function misbehave(
  { mesh, story, checks }: ScenarioContext,
  meters: Meters<NodeName> | undefined,
): Promise<Cut> {
  story.chapter("3. c's service starts to misbehave (its rules change; nobody touches a score)");
  const firstEpoch = (await mesh.admin.epoch()).epoch_id - QUIET_EPOCHS;
  const from = await logSize(mesh);
  mesh.node('c').become('misaligned');
  const denied = await untilMembership(mesh, 'c', 'DENIED', 30_000, (node) =>
    story.say(`c reports ${describeScores(node)}`),
  );
  const denial = await findEntry(
    mesh,
    from,
    (entry) => entry.type === 'node_denied' && entry.node_id === 'c',
  );
  const deniedIndex = Number(denial?.index ?? 0);
  const score = (await mesh.log(from))
    .map(({ entry }) => entry)
    .findLast(
      (entry) =>
        entry.type === 'benchmark_accepted' && entry.node_id === 'c' && Number(entry.index) < deniedIndex,
    );
  const revealed = score?.revealed as { arrived_at?: string } | undefined;
  const arrivedAtMs = Date.parse(revealed?.arrived_at ?? '');
  story.good(`c is denied: ${denied.reason}`);
  checks.add("c's own benchmark cost it its place", denial !== undefined && Number.isFinite(arrivedAtMs), {
    overall: denied.last_benchmark?.overall ?? null,
    reason: denied.reason,
  });
  if (meters !== undefined) await watchSilence(story, checks, meters, arrivedAtMs);
  return { firstEpoch, deniedAtMs: arrivedAtMs };
}

/**
 * Checks the cut: within a second, no packet may pass between c and a or b, in either direction, and none
 * after that. Traffic between a and b must go on.
 */
async function watchSilence(
  story: Story,
  checks: Checks,
  meters: Meters<NodeName>,
  arrivedAtMs: number,
): Promise<void> {
  const watchUntilMs = arrivedAtMs + CUT_WITHIN_MS + SILENCE_MS;
  await until('the silence after the cut', CUT_WITHIN_MS + 3 * SILENCE_MS, () => {
    story.progress(`watching the wire: ${((watchUntilMs - Date.now()) / 1000).toFixed(0)} s`);
    return Date.now() >= watchUntilMs ? true : undefined;
  });
  const streams = meters.all.filter((meter) => meter.from === 'c' || meter.to === 'c');
  const lastMs = Math.max(...streams.map((meter) => meter.arrivals().at(-1)?.atMs ?? 0));
  const latencyMs = Math.round((lastMs - arrivedAtMs) * 10) / 10;
  const ok = latencyMs < CUT_WITHIN_MS;
  (ok ? story.good : story.bad)(
    `last packet from or to c ${latencyMs} ms after its bad score reached the controller`,
  );
  checks.add('c was cut off within a second', ok, {
    last_packet_after_ms: latencyMs,
    limit_ms: CUT_WITHIN_MS,
    silent_for_ms: SILENCE_MS,
  });
  const ab = [meters.between('a', 'b'), meters.between('b', 'a')];
  const going = ab.every((meter) => (meter.arrivals().at(-1)?.atMs ?? 0) > watchUntilMs - 500);
  (going ? story.good : story.bad)('a and b go on');
  checks.add('a and b went on', going, {});
}

async function recover(
  { mesh, story, checks, epochSeconds }: ScenarioContext,
  meters: Meters<NodeName> | undefined,
  deniedAtMs: number,
): Promise<void> {
  story.chapter('4. c recovers, and is let back in at a boundary');
  const from = await logSize(mesh);
  mesh.node('c').become('aligned');
  const back = await untilMembership(mesh, 'c', 'ALLOWED', 30_000 + epochSeconds * 2_000, (node) =>
    story.say(`c reports ${describeScores(node)} — ${node.reason}`),
  );
  const admission = await findEntry(
    mesh,
    from,
    (entry) => entry.type === 'node_admitted' && entry.node_id === 'c',
  );
  story.good(`c is admitted again, from epoch ${String(admission?.epoch_id)} on: ${back.reason}`);
  checks.add('c was admitted again', admission !== undefined, { epoch: Number(admission?.epoch_id ?? 0) });
  if (meters === undefined) return;
  const opened = await findEntry(
    mesh,
    from,
    (entry) => entry.type === 'epoch_opened' && entry.epoch_id === admission?.epoch_id,
  );
  const boundaryMs = Date.parse(String((opened?.data as { activate_at?: string } | undefined)?.activate_at));
  const streams = meters.all.filter((meter) => meter.from === 'c' || meter.to === 'c');
  const firstMs = await until('packets from and to c again', 20_000, () => {
    const firsts = streams.map(
      (meter) =>
        meter.arrivals().find((arrival) => arrival.atMs > deniedAtMs + CUT_WITHIN_MS + SILENCE_MS)?.atMs,
    );
    return firsts.every((first) => first !== undefined) ? Math.max(...firsts) : undefined;
  });
  const afterMs = Math.round(firstMs - boundaryMs);
  story.good(`packets from and to c again, ${afterMs} ms after the boundary`);
  checks.add('c exchanges packets again, not before the boundary', afterMs >= -50, {
    after_boundary_ms: afterMs,
  });
}

async function countLosses(
  { story, checks, epochSeconds }: ScenarioContext,
  meters: Meters<NodeName>,
  fromMs: number,
): Promise<void> {
  story.chapter('5. What was lost between a and b meanwhile');
  const toMs = Date.now() + epochSeconds * 1_000;
  await until('one more epoch and the last late packets', epochSeconds * 2_000 + 2 * LATE_MS, () =>
    Date.now() >= toMs + LATE_MS + 100 ? true : undefined,
  );
  const counts = [meters.between('a', 'b'), meters.between('b', 'a')].map((meter) =>
    meter.window(fromMs, toMs),
  );
  const sum = (of: (count: (typeof counts)[number]) => number) =>
    counts.reduce((total, count) => total + of(count), 0);
  const measured = {
    sent: sum((count) => count.sent),
    lost: sum((count) => count.lost),
    later_than_2_s: sum((count) => count.late),
    send_errors: sum((count) => count.sendErrors),
  };
  const ok = measured.lost === 0 && measured.send_errors === 0 && measured.sent > 0;
  (ok ? story.good : story.bad)(
    `${measured.sent} packets sent, ${measured.lost} lost, ${measured.later_than_2_s} later than 2 s`,
  );
  checks.add('not one packet between a and b was lost', ok, measured);
}
