// Records what the agent does and hears, for the status, the journal and the log.

import { LogField, type Logger } from '@mesh/host';
import type { BenchmarkAnswer } from '@mesh/protocol';
import type { RecordEvent } from '../events/agent-events.ts';
import type { Trouble } from '../events/trouble.ts';
import type { Measurement } from '../measure/result/measurement.ts';
import type { HeldConfig } from '../plan/held-config.ts';
import type { AgentStatus } from './agent-status.ts';

interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Since the start. */
export interface AgentCounts {
  readonly measured: number;
  readonly measurementsFailed: number;
  readonly submitted: number;
  readonly submissionsRefused: number;
  readonly submissionsPostponed: number;
}

export class AgentRecord {
  readonly #record: RecordEvent;
  readonly #nowMs: () => number;
  readonly #wallMs: () => number;
  readonly #logger: Logger;
  reachable = false;
  lastFailure: string | null = null;
  otherInstance: AgentStatus['other_instance'] = null;
  lastMeasurement: AgentStatus['last_measurement'] = null;
  /** Why measuring fails, and since when; undefined if it works or was not tried yet. */
  measurementTrouble: Trouble | undefined;
  lastMeasurementFailure: AgentStatus['last_measurement_failure'] = null;
  lastSubmission: AgentStatus['last_submission'] = null;

  readonly #counts = {
    measured: 0,
    measurementsFailed: 0,
    submitted: 0,
    submissionsRefused: 0,
    submissionsPostponed: 0,
  };

  /** @param clocks the controller's clock and this machine's wall clock */
  constructor(
    record: RecordEvent,
    clocks: { readonly nowMs: () => number; readonly wallMs: () => number },
    logger: Logger,
  ) {
    this.#record = record;
    this.#nowMs = clocks.nowMs;
    this.#wallMs = clocks.wallMs;
    this.#logger = logger;
  }

  get counts(): AgentCounts {
    return { ...this.#counts };
  }

  controllerHeard(config: HeldConfig | undefined, faults: readonly string[]): void {
    if (!this.reachable && this.lastFailure !== null) {
      this.#record({ type: 'controller_found' });
      this.#logger.info('the controller answers again');
    }
    this.reachable = true;
    // The controller takes this agent's queries again, so the other agent is gone.
    if (this.otherInstance?.role === 'refused') this.otherInstance = null;
    for (const fault of faults) {
      this.#record({ type: 'config_fault', fault });
      this.#logger.error({ [LogField.reason]: fault }, 'a part of the config is not usable and was left out');
    }
    if (config === undefined) return;
    const { version, allowed, reason, peers } = config;
    this.#record({ type: 'config_applied', version, allowed, reason, peers: peers.size });
    this.#logger.info(
      {
        [LogField.version]: version,
        [LogField.allowed]: allowed,
        [LogField.reason]: reason,
        [LogField.count]: peers.size,
        [LogField.epochId]: config.epochId,
      },
      'config',
    );
  }

  /** @param isExpected whether the loss is normal, as after each restart until the next benchmark */
  keysLost(isExpected: boolean): void {
    const fault = 'the keys of the config are sealed to a key that this agent does not have';
    this.#record({ type: 'config_fault', fault });
    if (isExpected) this.#logger.info(`${fault}: it sends a new one with its next benchmark`);
    else this.#logger.error(`${fault}, though the controller has a newer one: its peers get no new keys`);
  }

  controllerLost({ code, message, failures }: Failure & { readonly failures: number }): void {
    this.reachable = false;
    this.lastFailure = `${code}: ${message}`;
    if (code === 'instance_conflict') this.#conflicts('refused', null, this.#now());
    if (failures > 1) return;
    this.#record({ type: 'controller_lost', code, message });
    this.#logger.warn(
      { [LogField.code]: code, [LogField.reason]: message },
      'the controller does not answer; trying again',
    );
  }

  /** @returns whether measuring was failing until now */
  measured({ scores, suiteVersion, measuredAtMs }: Measurement): boolean {
    this.lastMeasurement = { at: new Date(measuredAtMs).toISOString(), scores, suite_version: suiteVersion };
    this.#counts.measured += 1;
    this.#record({ type: 'measured', scores, suiteVersion });
    const recovers = this.measurementTrouble !== undefined;
    this.measurementTrouble = undefined;
    this.#logger.info(
      { [LogField.overallScore]: scores.overall, [LogField.version]: suiteVersion },
      'measured',
    );
    return recovers;
  }

  /** @returns whether that is news: measuring worked until now or failed for another reason */
  measurementFailed({ code, message }: Failure): boolean {
    this.#counts.measurementsFailed += 1;
    this.#record({ type: 'measurement_failed', code, message });
    this.lastMeasurementFailure = { at: this.#now(), code, message };
    const before = this.measurementTrouble;
    this.measurementTrouble = { sinceMs: before?.sinceMs ?? this.#wallMs(), code, message };
    if (before?.code === code && before.message === message) return false;
    this.#logger.warn(
      { [LogField.code]: code, [LogField.reason]: message },
      'the measurement failed; nothing is submitted',
    );
    return true;
  }

  submitted(answer: BenchmarkAnswer | undefined): void {
    this.#counts.submitted += 1;
    const other = answer?.other_instance;
    if (this.otherInstance?.role !== 'refused') {
      if (other === undefined) this.otherInstance = null;
      else this.#conflicts('running', other.instance_id, other.seen_at);
    }
    const detail = answer === undefined ? null : `${answer.membership}: ${answer.reason}`;
    this.lastSubmission = { at: this.#now(), outcome: 'accepted', detail };
    this.#record({
      type: 'submitted',
      membership: answer?.membership ?? null,
      reason: answer?.reason ?? null,
    });
    this.#logger.debug({ [LogField.reason]: detail }, 'submitted');
  }

  submissionRefused({ code, message }: Failure): void {
    this.lastSubmission = { at: this.#now(), outcome: code, detail: message };
    this.#counts.submissionsRefused += 1;
    this.#record({ type: 'submission_refused', code, message });
    this.#logger.error(
      { [LogField.code]: code, [LogField.reason]: message },
      'the controller refuses the measurement; it was dropped',
    );
  }

  submissionPostponed({ code, message, retryInMs }: Failure & { readonly retryInMs: number }): void {
    this.#counts.submissionsPostponed += 1;
    this.lastSubmission = { at: this.#now(), outcome: code, detail: message };
    this.#logger.warn(
      { [LogField.code]: code, [LogField.reason]: message, [LogField.durationMs]: retryInMs },
      'not submitted yet; trying again',
    );
  }

  #conflicts(role: 'running' | 'refused', other: string | null, at: string): void {
    const known = this.otherInstance;
    this.otherInstance = { role, instance_id: other, at };
    if (known?.role === role && known.instance_id === other) return;
    this.#record({ type: 'instance_conflict', role, other });
    this.#logger.error(
      { [LogField.reason]: role },
      'another agent is running with the identity of this one; stop one of them, and enrol it under its own name',
    );
  }

  #now(): string {
    return new Date(this.#nowMs()).toISOString();
  }
}
