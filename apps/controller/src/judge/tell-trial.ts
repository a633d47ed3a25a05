// Says in the controller's log what a policy would change, before the controller takes it over.

import { LogField, type Logger } from '@mesh/host';
import { type CommandContext, type MeshView, type TrialEffect, tryPolicy } from '@mesh/membership';
import { diffPolicies, type Policy, type PolicyDifference, type PolicyValue } from '@mesh/scoring';

/** How many differences, and how many nodes of each effect, a line of the log names. */
const MOST_NAMED = 20;

/** Compares the policy with the one in force, and tries it on the evidence that is there now. */
export function tellTrial(logger: Logger, view: MeshView, context: CommandContext, policy: Policy): void {
  const differences = diffPolicies(context.policy, policy);
  const tried = tryPolicy(view, context, policy);
  const nodesThat = (wanted: TrialEffect) =>
    tried.flatMap(({ nodeId, effect }) => (effect === wanted ? [nodeId] : []));
  const [cut, held, admitted] = [nodesThat('cut'), nodesThat('held'), nodesThat('admitted')];
  logger.info(
    {
      [LogField.differences]: differences.slice(0, MOST_NAMED).map(textOf),
      [LogField.wouldCut]: cut.slice(0, MOST_NAMED),
      [LogField.wouldHold]: held.slice(0, MOST_NAMED),
      [LogField.wouldAdmit]: admitted.slice(0, MOST_NAMED),
    },
    `the policy of the configuration differs in ${differences.length} values from the one in force, and now would cut ${cut.length} nodes, hold ${held.length} and admit ${admitted.length}`,
  );
}

function textOf({ path, before, after }: PolicyDifference): string {
  return `${path}: ${valueText(before)} → ${valueText(after)}`;
}

function valueText(value: PolicyValue | undefined): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}
