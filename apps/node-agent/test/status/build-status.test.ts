// The status of an agent whose interface cannot be read.

import { FakeClock } from '@mesh/host/test-kit';
import { createNoGuard, createNoHostRules, TunnelError } from '@mesh/wg-device';
import { describe, expect, it } from 'vitest';
import { ControllerClock } from '../../src/clock/controller-clock.ts';
import type { Trouble } from '../../src/events/trouble.ts';
import { AgentRecord } from '../../src/status/agent-record.ts';
import { buildStatus, type StatusSources } from '../../src/status/build-status.ts';
import { enrolledMember, silent, startController } from '../support/agent-fixtures.ts';
import { unwatchedLog } from '../support/watched-log.ts';

const taken: Trouble = { sinceMs: 0, code: 'interface_taken', message: 'mesh0 is a bridge' };
const gone = new TunnelError('not_up', 'mesh0 does not exist');

async function statusOf(interfaceUp: boolean, trouble: Trouble | undefined, error?: TunnelError) {
  const { enrolment, keys } = await enrolledMember(await startController());
  const clock = new FakeClock({ nowMs: 5_000 });
  const clocks = { nowMs: () => clock.nowMs(), wallMs: () => clock.nowMs() };
  const read = async () => {
    if (error !== undefined) throw error;
    return { peers: [] };
  };
  const sources = {
    publicKey: keys.wireguard.a.publicKey,
    enrolment: { current: enrolment },
    controllerClock: new ControllerClock(clock),
    clock,
    hostRules: createNoHostRules(),
    journal: { recent: () => [] },
    engine: {
      tunnel: { interfaceName: 'mesh0', read },
      guard: createNoGuard(),
      rotation: 'in_place',
      snapshot: () => ({ config: undefined, interfaceUp, trouble, leaseLeftMs: 0, overlaps: [] }),
    },
    record: new AgentRecord(() => undefined, clocks, silent),
    examiner: undefined,
    log: unwatchedLog(),
  } satisfies Partial<Record<keyof StatusSources, unknown>>;
  const { interface_up, tunnel_failure } = await buildStatus(sources as unknown as StatusSources);
  return { interface_up, tunnel_failure };
}

describe('an interface', () => {
  it('that somebody has just removed is down, with the reason', async () => {
    expect(await statusOf(true, undefined, gone)).toEqual({
      interface_up: false,
      tunnel_failure: { since: '1970-01-01T00:00:05.000Z', code: 'not_up', message: 'mesh0 does not exist' },
    });
  });

  it('that its engine could not bring up is down, with the engine’s reason', async () => {
    expect(await statusOf(false, taken, gone)).toMatchObject({
      interface_up: false,
      tunnel_failure: { code: 'interface_taken' },
    });
  });

  it('that is not up yet is not reported as a failure', async () => {
    expect(await statusOf(false, undefined, gone)).toEqual({ interface_up: false, tunnel_failure: null });
  });

  it('that can be read is up', async () => {
    expect(await statusOf(true, undefined)).toEqual({ interface_up: true, tunnel_failure: null });
  });
});
