// Runs the checks of `mesh-agent doctor` one after the other. A check that throws has failed: the errors of
// this program say what to do next.

import { messageOf } from '../errors/agent-error.ts';
import { type Finding, failed } from './finding.ts';

export interface Check {
  readonly name: string;
  readonly look: () => Finding | Promise<Finding>;
}

export interface CheckedFinding extends Finding {
  readonly check: string;
}

export async function runChecks(checks: readonly Check[]): Promise<CheckedFinding[]> {
  const findings: CheckedFinding[] = [];
  for (const { name, look } of checks) {
    let finding: Finding;
    try {
      finding = await look();
    } catch (error) {
      finding = failed(messageOf(error));
    }
    findings.push({ check: name, ...finding });
  }
  return findings;
}
