// Can this node examine others when it is asked to, and reach those that it examines now?

import { AgentError } from '../errors/agent-error.ts';
import type { AgentStatus, ExamStatus } from '../status/agent-status.ts';
import { type Finding, failed, ok, skipped, warning, worstOf } from './finding.ts';

export interface ExamsInput {
  readonly isEnabled: boolean;
  /** Whether `setpriv` and `prlimit` were found. */
  readonly canConfine: boolean;
  /** Of the running agent. @throws AgentError `not_running` */
  readonly status: () => Promise<AgentStatus>;
  /** Opens a connection from this node's overlay address and closes it. Rejects if it cannot be opened. */
  readonly connect: (service: ExamStatus['service'], from: readonly string[]) => Promise<void>;
}

/** @throws what `status` throws, except that no agent is running */
export async function checkExams({ isEnabled, canConfine, status, connect }: ExamsInput): Promise<Finding> {
  if (!isEnabled)
    return skipped(
      'exams.enabled is false: this node gives no results where the policy makes it an examiner',
    );
  if (!canConfine)
    return failed('setpriv or prlimit is missing, so this node cannot examine others: install util-linux');
  let running: AgentStatus;
  try {
    running = await status();
  } catch (error) {
    if (error instanceof AgentError && error.code === 'not_running')
      return ok('this node can examine others; no agent is running');
    throw error;
  }
  if (running.exams === null)
    return warning(
      'the running agent takes no exams: it was started with other settings, or its log says why',
    );
  const open = running.exams.filter(({ step }) => step === 'asking');
  const findings = await Promise.all(open.map((exam) => tryService(exam, running, connect)));
  const all =
    open.length === 0 ? 'has no exam now' : `reaches the services of its ${open.length} open exam(s)`;
  return worstOf([...findings, ...givenUp(running.exams)], ok(`this node can examine others, and ${all}`));
}

async function tryService(
  { examined, service }: ExamStatus,
  { addresses }: AgentStatus,
  connect: ExamsInput['connect'],
): Promise<Finding> {
  try {
    await connect(service, addresses);
    return ok(`${examined} takes connections`);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'failed';
    return warning(
      `${examined}, which this node examines, takes no connection at ${service.address} port ${service.port} (${why}): see its peer in mesh-agent status; with a working tunnel this is its own failure`,
    );
  }
}

function givenUp(exams: readonly ExamStatus[]): Finding[] {
  return exams
    .filter(({ step }) => step === 'given_up')
    .map(({ examined, trouble }) =>
      warning(`gave no result of ${examined}: ${trouble?.message ?? 'unknown'}`),
    );
}
