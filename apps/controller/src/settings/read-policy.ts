// Reads the scoring policy of a configuration. Finds what is wrong with it and what does not fit the other
// settings.

import type { ConfigIssue } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { canDecline, DEFAULT_CLASS, leadsTo, type Policy, parsePolicy, ScoringError } from '@mesh/scoring';
import type { ControllerConfig } from './config.ts';

export interface ReadPolicy {
  /** Undefined if it cannot be read; `issues` says why. */
  readonly policy: Policy | undefined;
  readonly issues: readonly ConfigIssue[];
}

export function readPolicy(config: ControllerConfig): ReadPolicy {
  try {
    const policy = parsePolicy(givenPolicy(config));
    return { policy, issues: [...policyIssues(config, policy), ...rotationIssues(config)] };
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    const issues = error.problems.map(({ path, message }) => ({
      paths: [...overriding(config, path), ['policy', ...path]],
      message,
    }));
    return { policy: undefined, issues };
  }
}

/** The policy as the configuration has it, without defaults. */
export function givenPolicy({
  policy,
  threshold,
  max_benchmark_age_seconds: maxAgeSeconds,
}: ControllerConfig): Readonly<Record<string, unknown>> {
  return {
    ...policy,
    ...defined({ threshold }),
    ...(maxAgeSeconds === undefined ? {} : { maxBenchmarkAgeMs: Math.round(maxAgeSeconds * 1000) }),
  };
}

/** What in a policy does not fit the other settings. */
export function policyIssues(config: ControllerConfig, policy: Policy): ConfigIssue[] {
  return [
    ...classNameIssues(config, policy),
    ...decliningIssues(config, policy),
    ...probationIssues(config, policy),
  ];
}

/** The path of the setting that overrides a value of the policy, if it is set. */
function overriding(config: ControllerConfig, path: readonly PropertyKey[]): PropertyKey[][] {
  const name = { threshold: 'threshold', maxBenchmarkAgeMs: 'max_benchmark_age_seconds' }[String(path[0])];
  return name === 'threshold' || name === 'max_benchmark_age_seconds'
    ? config[name] === undefined
      ? []
      : [[name]]
    : [];
}

/**
 * Finds a limit for declining nodes where no node can decline, and the reverse. One without the other would
 * look like a limit but have no effect.
 */
function* decliningIssues({ declining }: ControllerConfig, policy: Policy): Generator<ConfigIssue> {
  const canBe = canDecline(policy);
  if (declining !== undefined && !canBe)
    yield {
      paths: [['declining', 'limit_bits_per_second']],
      message:
        'no node would ever be declining: set policy.declining.below, policy.decision or policy.drift, which say who is',
    };
  if (declining === undefined && canBe)
    yield {
      paths: [['policy', decliningPart(policy)]],
      message: 'no limit is set for such nodes: set declining.limit_bits_per_second beside the policy',
    };
}

/** The part of a policy that says who declines. */
function decliningPart({ decision, drift }: Policy): string {
  if (decision !== undefined) return 'decision';
  return leadsTo(drift, 'declining') ? 'drift' : 'declining';
}

/** A probation without a limit, or of no length, would be one in name alone. */
function* probationIssues({ probation }: ControllerConfig, policy: Policy): Generator<ConfigIssue> {
  if (probation === undefined && leadsTo(policy.drift, 'probation'))
    yield {
      paths: [['policy', 'drift']],
      message:
        'no limit is set for nodes on probation: set probation.limit_bits_per_second and probation.epochs beside the policy',
    };
}

/** With shorter epochs, a slot would not be empty yet when it has to be filled for its next epoch. */
const MIN_STRICT_EPOCH_SECONDS = 4;

function* rotationIssues({ rotation, epoch_seconds }: ControllerConfig): Generator<ConfigIssue> {
  if (rotation === 'strict' && epoch_seconds < MIN_STRICT_EPOCH_SECONDS)
    yield {
      paths: [['epoch_seconds']],
      message: `strict rotation needs at least ${MIN_STRICT_EPOCH_SECONDS} s (it is ${epoch_seconds})`,
    };
}

/**
 * Finds class names that the policy does not know. A misspelt class in a group would have no peers, and a
 * misspelt class with a limit would not be limited, without any sign of why.
 */
function* classNameIssues(config: ControllerConfig, policy: Policy): Generator<ConfigIssue> {
  const known = new Set([DEFAULT_CLASS, ...policy.classes.map(({ name }) => name)]);
  const issue = (stranger: string, path: readonly PropertyKey[]): ConfigIssue => ({
    paths: [path],
    message: `the policy has no class ${stranger} (it has ${[...known].join(', ')})`,
  });
  for (const [group, classes] of Object.entries(config.peer_groups))
    for (const [at, name] of classes.entries())
      if (!known.has(name)) yield issue(name, ['peer_groups', group, at]);
  for (const name of Object.keys(config.classes)) if (!known.has(name)) yield issue(name, ['classes', name]);
}
