// Reads a policy that an operator sends as YAML or JSON. Each fault is named with its line and column.

import { HostError, type LocatedYaml, parseLocatedYaml } from '@mesh/host';
import { ProblemError, problem } from '@mesh/protocol';
import { type Policy, parsePolicy, ScoringError } from '@mesh/scoring';
import type { ControllerConfig } from './config.ts';
import { policyIssues } from './read-policy.ts';

/** As many as a person reads before correcting them. */
const MOST_FAULTS = 32;

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Reads a whole policy and checks that it fits the other settings.
 *
 * @throws ProblemError `policy_refused` with every fault
 */
export function readPolicyText(text: string, config: ControllerConfig): Policy {
  const yaml = parse(text);
  const policy = read(yaml);
  const unfit = policyIssues(config, policy).map(({ paths, message }): Fault => {
    const [path = []] = paths;
    // What is about the policy is in the text; anything else is a setting of the controller.
    return path[0] === 'policy'
      ? { path: path.slice(1), message }
      : { path: [], message: `the controller's setting ${path.map(String).join('.')}: ${message}` };
  });
  if (unfit.length > 0) throw refusal(yaml, unfit);
  return policy;
}

function parse(text: string): LocatedYaml {
  try {
    return parseLocatedYaml(text, placeOf);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new ProblemError(problem('policy_refused', error.message, { faults: [error.message] }));
  }
}

function read(yaml: LocatedYaml): Policy {
  try {
    return parsePolicy(plain(yaml));
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    throw refusal(yaml, error.problems);
  }
}

function plain(yaml: LocatedYaml): unknown {
  try {
    return yaml.toPlain();
  } catch {
    throw refusal(yaml, [{ path: [], message: 'an alias in it cannot be resolved: write the value out' }]);
  }
}

function refusal(yaml: LocatedYaml, found: readonly Fault[]): ProblemError {
  const faults = found.slice(0, MOST_FAULTS).map(({ path, message }) => {
    const position = yaml.locate(path);
    const name = path.map(String).join('.');
    return [position && placeOf(position), name, message].filter(Boolean).join(': ');
  });
  return new ProblemError(problem('policy_refused', faults.join('; '), { faults }));
}

const placeOf = ({ line, column }: { readonly line: number; readonly column: number }): string =>
  `line ${line}, column ${column}`;
