// With `meshctl maintenance start` before the controller stops for longer than a lease, packets continue. The
// control is the same stop without an announcement, which closes the overlay.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startMeters, until } from '@mesh/e2e';
import { programFile } from '@mesh/host/test-kit';
import { askAgent } from '../../ask-agent.ts';
import { addressesOf, inMesh, type ScenarioResult, type ScenarioRun } from '../../scenario.ts';
import { flows, lastArrivalMs, lossIn, untilFlowing, untilMs } from '../../traffic.ts';

const PAIR = ['one', 'other'] as const;
type Name = (typeof PAIR)[number];
const LEASE_MS = 6_000;
const WINDOW_SECONDS = 60;
const MESHCTL = programFile(join(import.meta.dirname, '../../../../apps/cli/src/main.ts'));
/** An officer's key for this scenario: a seed of ones, and its public key (Ed25519). */
const OFFICER = {
  seed: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=',
  publicKey: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=',
};

export function holdThroughWork(run: ScenarioRun): Promise<ScenarioResult> {
  return inMesh<Name, ScenarioResult>(
    run,
    PAIR,
    {
      epochSeconds: 4,
      benchmarkSeconds: 10,
      maxBenchmarkAgeSeconds: 900,
      leaseSeconds: LEASE_MS / 1_000,
      controllerSettings: { officers: [{ name: 'alice', public_key: OFFICER.publicKey }] },
    },
    async (mesh, lab) => {
      const keyFile = join(mesh.workDir, 'alice.key');
      writeFileSync(keyFile, `${OFFICER.seed}\n`, { mode: 0o600 });
      const socket = join(mesh.workDir, 'controller', 'admin.sock');
      const meshctl = (...args: readonly string[]) =>
        lab
          .node('controller')
          .exec(process.execPath, ['--conditions=@mesh/source', MESHCTL, '--socket', socket, ...args]);
      const untilLeases = (what: string, isSo: (leftMs: number) => boolean) =>
        until(`leases are ${what}`, 20_000, async () => {
          const answers = await Promise.all(PAIR.map((name) => askAgent(mesh.node(name))));
          return answers.every((answer) => isSo(answer?.lease_left_ms ?? 0)) ? true : undefined;
        });
      const meters = await startMeters(lab, { addresses: addressesOf(mesh, PAIR) });
      await untilFlowing('the pair', meters.all);

      const startMs = Date.now();
      await meshctl(
        'maintenance',
        'start',
        '--for',
        `${WINDOW_SECONDS}s`,
        '--reason',
        'new disks',
        '--key',
        keyFile,
      );
      // Without the mechanism they never become longer.
      if (run.without === undefined) await untilLeases('longer', (leftMs) => leftMs > 2 * LEASE_MS);
      await mesh.controller.kill();
      const announcedMs = Date.now();
      await untilMs('twice a lease', announcedMs + 2 * LEASE_MS);
      const held = flows(meters.all, 500);
      const announced = await lossIn(meters.all, startMs, Date.now());
      run.say(`${Date.now() - announcedMs} ms without a controller: ${held ? 'open' : 'closed'}`);

      await mesh.restartController();
      await meshctl('maintenance', 'end');
      await untilFlowing('the pair', meters.all);
      await untilLeases('as usual', (leftMs) => leftMs > 0 && leftMs <= LEASE_MS);
      await mesh.controller.kill();
      const killedMs = Date.now();
      await untilMs('the lease to end', killedMs + LEASE_MS + 1_500);
      const closedAfterMs = Math.round(lastArrivalMs(meters.all) - killedMs);
      const closed = !flows(meters.all, 500);
      await meters.stop();
      return {
        ok: held && announced.lost === 0 && closed && closedAfterMs <= LEASE_MS + 1_000,
        measured: {
          lease_ms: LEASE_MS,
          announced: { open_after_ms: held ? 2 * LEASE_MS : null, ...announced },
          without_a_word: { last_packet_after_ms: closedAfterMs },
        },
      };
    },
  );
}
