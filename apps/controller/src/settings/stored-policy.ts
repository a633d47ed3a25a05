// Finds a stored policy that no longer fits the other settings, before the controller starts with both.

import {
  adoptConfigured,
  type CommandContext,
  type ConfiguredPolicy,
  type MeshView,
  officersAuthorisePolicy,
} from '@mesh/membership';
import { ControllerError } from '../errors/controller-error.ts';
import type { ControllerConfig } from './config.ts';
import { policyIssues } from './read-policy.ts';

/**
 * If the configuration has another policy than before and nothing speaks against it, that one replaces the
 * stored ones in a moment, and nothing is refused here.
 *
 * @throws ControllerError `usage`
 */
export function refuseUnfitPolicy(
  view: MeshView,
  context: CommandContext,
  configured: ConfiguredPolicy,
  config: ControllerConfig,
): void {
  const { active, pending, configurationHash } = view.policies();
  const isNew = configurationHash !== configured.configurationHash;
  const adopted = isNew ? adoptConfigured(configured, officersAuthorisePolicy)(view, context) : undefined;
  if (adopted?.kind === 'done') return;
  for (const record of [active, pending]) {
    const [issue] = record === undefined ? [] : policyIssues(config, record.policy);
    if (record === undefined || issue === undefined) continue;
    const advice =
      adopted === undefined
        ? 'Correct that setting, or change `policy` in the configuration, which then replaces the version that was set'
        : `Correct that setting. The policy in the configuration does not replace that version: ${adopted.problem.detail}`;
    throw new ControllerError(
      'usage',
      `policy version ${record.version} does not fit the configuration: ${issue.paths[0]?.map(String).join('.')}: ${issue.message}. ${advice}`,
    );
  }
}
