import { describe, expect, it } from 'vitest';
import { AgentRecord } from '../../src/status/agent-record.ts';
import { silent } from '../support/agent-fixtures.ts';

describe('a failed measurement', () => {
  it('is logged once until the reason changes or one succeeds', () => {
    const logged: unknown[] = [];
    const logger = { ...silent, info: () => undefined, warn: (...line: unknown[]) => void logged.push(line) };
    const record = new AgentRecord(
      () => undefined,
      { nowMs: () => 0, wallMs: () => wallMs },
      logger as typeof silent,
    );
    let wallMs = 1_000;
    const fails = (message: string) => record.measurementFailed({ code: 'unanswered', message });
    fails('HTTP 404');
    fails('HTTP 404');
    expect(logged).toHaveLength(1);
    fails('HTTP 500');
    expect(logged).toHaveLength(2);
    wallMs = 2_000;
    fails('HTTP 500');
    expect(record.measurementTrouble).toEqual({ sinceMs: 1_000, code: 'unanswered', message: 'HTTP 500' });
    record.measured({ scores: { overall: 1 }, suiteVersion: 's', measuredAtMs: 0 });
    expect(record.measurementTrouble).toBeUndefined();
    fails('HTTP 500');
    expect(logged).toHaveLength(3);
    expect(record.lastMeasurementFailure).toMatchObject({ code: 'unanswered', message: 'HTTP 500' });
  });
});
