// How an agent reports that another agent has the same identity.

import { createLogger } from '@mesh/host';
import { defined } from '@mesh/primitives';
import type { BenchmarkAnswer } from '@mesh/protocol';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { AgentRecord } from '../../src/status/agent-record.ts';

const SEEN = '2030-01-01T00:00:00.000Z';

function recording() {
  const events: AgentEvent[] = [];
  const lines: string[] = [];
  const logger = createLogger({ destination: { write: (line) => void lines.push(line) } });
  const record = new AgentRecord(
    (event) => void events.push(event),
    { nowMs: () => Date.parse(SEEN), wallMs: () => 0 },
    logger,
  );
  return { record, conflicts: () => events.filter(({ type }) => type === 'instance_conflict'), lines };
}
const answer = (other?: BenchmarkAnswer['other_instance']): BenchmarkAnswer => ({
  status: 'received',
  node_id: 'self' as never,
  epoch_id: 1,
  membership: 'ALLOWED',
  reason: 'good',
  reason_code: 'ok',
  server_time_ms: 0,
  ...defined({ other_instance: other }),
});
const refusal = { code: 'instance_conflict', message: 'another agent is running' };

describe('the agent that is refused', () => {
  it('reports it once, and stops when its queries are accepted again', () => {
    const { record, conflicts, lines } = recording();
    for (let failures = 1; failures <= 3; failures++) record.controllerLost({ ...refusal, failures });
    expect(record.otherInstance).toEqual({ role: 'refused', instance_id: null, at: SEEN });
    expect(conflicts()).toEqual([{ type: 'instance_conflict', role: 'refused', other: null }]);
    expect(lines.filter((line) => line.includes('another agent is running with the identity'))).toHaveLength(
      1,
    );
    record.submitted(answer());
    expect(record.otherInstance?.role).toBe('refused');
    record.controllerHeard(undefined, []);
    expect(record.otherInstance).toBeNull();
  });
});

describe('the agent that runs', () => {
  it('learns of the other agent from the answer to its benchmark, reports it once for each other agent, and forgets it', () => {
    const { record, conflicts } = recording();
    record.submitted(answer({ instance_id: 'stranger-1', seen_at: SEEN }));
    record.submitted(answer({ instance_id: 'stranger-1', seen_at: SEEN }));
    record.submitted(answer({ instance_id: 'stranger-2', seen_at: SEEN }));
    expect(record.otherInstance).toEqual({ role: 'running', instance_id: 'stranger-2', at: SEEN });
    expect(conflicts()).toHaveLength(2);
    record.controllerHeard(undefined, []);
    expect(record.otherInstance?.role).toBe('running');
    record.submitted(answer());
    expect(record.otherInstance).toBeNull();
  });

  it('knows of no other agent if the answer names none', () => {
    const { record, conflicts } = recording();
    record.controllerLost({ code: 'unreachable', message: 'no', failures: 1 });
    record.submitted(answer());
    expect([record.otherInstance, conflicts()]).toEqual([null, []]);
  });
});
