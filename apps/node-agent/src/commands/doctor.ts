// `mesh-agent doctor`: looks for what keeps this node from its work, and says how to mend it.

import { doctorChecks } from '../compose/doctor-checks.ts';
import type { Outcome } from '../doctor/finding.ts';
import { type CheckedFinding, runChecks } from '../doctor/run-checks.ts';
import { AgentError } from '../errors/agent-error.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

export interface DoctorFlags extends CommonFlags {
  readonly controller?: string;
  readonly tokenFile?: string;
  readonly json?: boolean;
}

const LABELS: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  warning: 'WARNING',
  failed: 'FAILED',
  skipped: 'skipped',
};

/** @throws AgentError `unwell` if a check failed */
export async function runDoctor(flags: DoctorFlags, io: CommandIo): Promise<void> {
  const findings = await runChecks(
    doctorChecks({
      settings: settingsFrom(flags, io.env),
      controllerUrl: flags.controller,
      tokenFile: flags.tokenFile,
      stdin: io.stdin,
    }),
  );
  io.write(flags.json === true ? `${JSON.stringify(findings)}\n` : renderFindings(findings));
  const bad = findings.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check);
  if (bad.length > 0)
    throw new AgentError('unwell', `${bad.join(', ')}: mend what is marked FAILED, then run doctor again`);
}

function renderFindings(findings: readonly CheckedFinding[]): string {
  return findings
    .map(({ check, outcome, message }) => `${LABELS[outcome].padEnd(8)} ${check.padEnd(13)} ${message}\n`)
    .join('');
}
