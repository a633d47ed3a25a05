import { FakeClock } from '@mesh/host/test-kit';
import { expect, it } from 'vitest';
import { EngineReports } from '../../src/engine/one-interface/engine-reports.ts';
import type { AgentEvent } from '../../src/events/agent-events.ts';
import { silent } from '../support/agent-fixtures.ts';
import { epoch } from '../support/plan-fixtures.ts';

it('an epoch that is applied is reported once, and again only after another one', () => {
  const events: AgentEvent[] = [];
  const told: number[] = [];
  const reports = new EngineReports({
    record: (event) => events.push(event),
    epochApplied: (epochId) => told.push(epochId),
    troubleChanged: () => undefined,
    clock: new FakeClock(),
    logger: silent,
  });
  for (const id of [4, 4, 5, 5, 4]) reports.epochApplied(epoch(id), 2);
  expect(told).toEqual([4, 5, 4]);
  expect(events).toEqual([4, 5, 4].map((epochId) => ({ type: 'epoch_applied', epochId })));
});
