// Finds a stored policy that no longer fits the other settings, before the controller starts with both.

import type { ConfiguredPolicy, Policies } from '@mesh/membership';
import { ControllerError } from '../errors/controller-error.ts';
import type { ControllerConfig } from './config.ts';
import { policyIssues } from './read-policy.ts';

/**
 * If the configuration has another policy than before, that one replaces the stored ones in a moment, and
 * nothing is refused.
 *
 * @throws ControllerError `usage`
 */
export function refuseUnfitPolicy(
  { active, pending, configurationHash }: Policies,
  configured: ConfiguredPolicy,
  config: ControllerConfig,
): void {
  if (configurationHash !== configured.configurationHash) return;
  for (const record of [active, pending]) {
    const [issue] = record === undefined ? [] : policyIssues(config, record.policy);
    if (record !== undefined && issue !== undefined)
      throw new ControllerError(
        'usage',
        `policy version ${record.version}, which was set with meshctl, does not fit the configuration: ${issue.paths[0]?.map(String).join('.')}: ${issue.message}. Correct that setting, or change \`policy\` in the configuration, which then replaces the version that was set`,
      );
  }
}
