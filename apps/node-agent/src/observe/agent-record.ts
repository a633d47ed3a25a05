// What the agent last did and heard, for the status, the journal and the log.

import type { Logger } from '@mesh/host';
import type { BenchmarkAnswer } from '@mesh/protocol';
import type { Measurement } from '../measure/measurement.ts';
import type { HeldConfig } from '../plan/held-config.ts';
import type { RecordEvent } from './agent-events.ts';
import type { AgentStatus } from './agent-status.ts';

interface Failure {
  readonly code: string;
  readonly message: string;
}

export class AgentRecord {
  readonly #record: RecordEvent;
  readonly #nowMs: () => number;
  readonly #logger: Logger;
  reachable = false;
  lastFailure: string | null = null;
  lastMeasurement: AgentStatus['last_measurement'] = null;
  lastMeasurementFailure: AgentStatus['last_measurement_failure'] = null;
  lastSubmission: AgentStatus['last_submission'] = null;

  constructor(record: RecordEvent, nowMs: () => number, logger: Logger) {
    this.#record = record;
    this.#nowMs = nowMs;
    this.#logger = logger;
  }

  controllerHeard(config: HeldConfig | undefined, faults: readonly string[]): void {
    if (!this.reachable && this.lastFailure !== null) {
      this.#record({ type: 'controller_found' });
      this.#logger.info('the controller answers again');
    }
    this.reachable = true;
    for (const fault of faults) {
      this.#record({ type: 'config_fault', fault });
      this.#logger.error({ reason: fault }, 'a part of the config is not usable and was left out');
    }
    if (config === undefined) return;
    const { version, allowed, reason, peers } = config;
    this.#record({ type: 'config_applied', version, allowed, reason, peers: peers.size });
    this.#logger.info({ version, allowed, reason, count: peers.size, epoch_id: config.epochId }, 'config');
  }

  controllerLost({ code, message, failures }: Failure & { readonly failures: number }): void {
    this.reachable = false;
    this.lastFailure = `${code}: ${message}`;
    if (failures > 1) return;
    this.#record({ type: 'controller_lost', code, message });
    this.#logger.warn({ code, reason: message }, 'the controller does not answer; trying again');
  }

  measured({ scores, suiteVersion, measuredAtMs }: Measurement): void {
    this.lastMeasurement = { at: new Date(measuredAtMs).toISOString(), scores, suite_version: suiteVersion };
    this.#record({ type: 'measured', scores, suiteVersion });
    this.#logger.info({ overall: scores.overall, version: suiteVersion }, 'measured');
  }

  measurementFailed({ code, message }: Failure): void {
    this.lastMeasurementFailure = { at: this.#now(), code, message };
    this.#record({ type: 'measurement_failed', code, message });
    this.#logger.error({ code, reason: message }, 'the measurement failed; nothing is submitted');
  }

  submitted(answer: BenchmarkAnswer | undefined): void {
    const detail = answer === undefined ? null : `${answer.membership}: ${answer.reason}`;
    this.lastSubmission = { at: this.#now(), outcome: 'accepted', detail };
    this.#record({
      type: 'submitted',
      membership: answer?.membership ?? null,
      reason: answer?.reason ?? null,
    });
    this.#logger.debug({ reason: detail }, 'submitted');
  }

  submissionRefused({ code, message }: Failure): void {
    this.lastSubmission = { at: this.#now(), outcome: code, detail: message };
    this.#record({ type: 'submission_refused', code, message });
    this.#logger.error({ code, reason: message }, 'the controller refuses the measurement; it was dropped');
  }

  submissionPostponed({ code, message, retryInMs }: Failure & { readonly retryInMs: number }): void {
    this.lastSubmission = { at: this.#now(), outcome: code, detail: message };
    this.#logger.warn({ code, reason: message, duration_ms: retryInMs }, 'not submitted yet; trying again');
  }

  #now(): string {
    return new Date(this.#nowMs()).toISOString();
  }
}
