// Takes over the configuration's policy: at the start, and when the configuration is read again. Says in the
// log which policy counts, and why.

import { type LoadedConfig, LogField, type Logger } from '@mesh/host';
import {
  adoptConfigured,
  afterRestore,
  type Command,
  type CommandContext,
  type ConfiguredPolicy,
  done,
  type ExamChallenge,
  finishMasterKeyRotation,
  firstOfficers,
  type LimitsAtStart,
  type MeshView,
  officersAuthorisePolicy,
  recordRotationAtRest,
} from '@mesh/membership';
import { type Problem, ProblemError, problem } from '@mesh/protocol';
import { changedSettings } from '../settings/changed-settings.ts';
import { type ControllerConfig, configuredPolicyOf } from '../settings/config.ts';
import type { configuredOfficers } from '../settings/configured-officers.ts';
import { policyIssues } from '../settings/read-policy.ts';
import type { Judge } from './judge.ts';
import { tellTrial } from './tell-trial.ts';

export interface AdoptPorts {
  readonly judge: Pick<Judge, 'run'>;
  readonly logger: Logger;
}

export interface AdoptAgainPorts extends AdoptPorts {
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
}

/** A configuration that was read again, and how it says where one of its settings is. */
export type ReadAgain = Pick<LoadedConfig<ControllerConfig>, 'config' | 'explain'>;

export interface StartFacts {
  readonly version: string;
  /** The configuration's policy. */
  readonly policy: ConfiguredPolicy;
  /** The configuration's officers, who count in a mesh that has none. */
  readonly officers: ReturnType<typeof configuredOfficers>;
  /** The pair limits of this start. */
  readonly limits: LimitsAtStart;
  /** Called for each node whose next exam was promised before a restore. */
  readonly newChallenge: () => ExamChallenge;
}

/**
 * Records the start of the process, together with the first officers, with the configuration's pair limits
 * and with its policy if these are others than before, and with the end of a rotation of the master key that
 * the opening of the storage has finished, with one that was made while no controller ran, and with what a
 * restore from a backup before it asks for. A policy that is refused is logged, and the stored one stays.
 */
export async function recordStart(
  { judge, logger }: AdoptPorts,
  { version, policy, officers, limits, newChallenge }: StartFacts,
): Promise<void> {
  let refusal: Problem | undefined;
  const adopt = adoptConfigured(policy, officersAuthorisePolicy);
  const start: Command = (view, context) => {
    const adopted = adopt(view, context);
    refusal = adopted.kind === 'refused' ? adopted.problem : undefined;
    return done([
      { type: 'controller_started', version },
      ...firstOfficers(view, officers),
      ...limits.events,
      ...finishMasterKeyRotation(view, context).events,
      ...recordRotationAtRest(view, context).events,
      ...afterRestore(newChallenge)(view, context).events,
      ...adopted.events,
    ]);
  };
  await judge.run(start);
  if (refusal !== undefined) tellRefusal(logger, refusal);
  if (limits.problem !== undefined)
    logger.error(
      { [LogField.code]: limits.problem.code, [LogField.reason]: limits.problem.detail },
      'looser pair limits of the configuration do not count, and those in force stay: once officers have signed, restart the controller',
    );
}

/**
 * Takes over the policy of a configuration that was read again. It applies at the next boundary. The log says
 * first what differs from the policy in force, and which nodes the new one would cut, hold or admit now, even
 * if the change then needs officers and is refused. Other settings stay as they are until a restart, which
 * the log says.
 */
export async function adoptPolicy(
  { judge, logger, view, journal }: AdoptAgainPorts,
  running: ControllerConfig,
  { config: read, explain }: ReadAgain,
): Promise<void> {
  const changed = changedSettings(running, read);
  if (changed.length > 0)
    logger.warn(`these settings have changed and count after a restart only: ${changed.join(', ')}`);
  const configured = configuredPolicyOf(read);
  const [unfit] = policyIssues(running, configured.policy);
  try {
    if (unfit !== undefined)
      throw new ProblemError(
        problem(
          'policy_refused',
          `${explain(unfit)} (the settings beside the policy are those of the controller's start)`,
        ),
      );
    if (view.policies().configurationHash !== configured.configurationHash)
      tellTrial(logger, view, journal.context(), configured.policy);
    const events = await judge.run(adoptConfigured(configured, officersAuthorisePolicy));
    if (events.length === 0)
      logger.info('the policy in the configuration is the one that it had before: the policy in force stays');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    tellRefusal(logger, error.problem);
  }
}

function tellRefusal(logger: Logger, { code, detail }: Problem): void {
  logger.error(
    { [LogField.code]: code, [LogField.reason]: detail },
    'the policy of the configuration is refused, and the one in force stays',
  );
}
