// Runs as a process until it is killed: an examiner that takes one exam, without pauses. Its tunnel always
// works. Arguments: state directory, exam id.

import { systemClock, systemTimers } from '@mesh/host';
import { createNodeClient } from '@mesh/protocol';
import { connectWith } from '../../src/compose/connections.ts';
import { ExamFolder } from '../../src/exams/exam-folder.ts';
import { Examiner } from '../../src/exams/examiner.ts';
import { QuestionGate } from '../../src/exams/question-gate.ts';
import { openMember } from '../../src/identity/open-member.ts';
import { stateDirAt } from '../../src/identity/state-dir.ts';
import { random32, silent } from '../support/agent-fixtures.ts';
import { inThisProcess, workingTunnel } from '../support/examiner-harness.ts';

const [directory = '', examId = ''] = process.argv.slice(2);
const dir = stateDirAt(directory);
const { keys, enrolment } = await openMember(dir);
const { fetch } = connectWith(keys.identity)(enrolment);
const tunnel = workingTunnel();
const examiner = new Examiner({
  child: inThisProcess,
  folder: new ExamFolder({ path: dir.exams, randomBytes: random32 }),
  gate: new QuestionGate(1),
  lookAtTunnel: async () => tunnel(),
  client: createNodeClient({ baseUrl: enrolment.nodes_url, fetch }, enrolment.node_id),
  enrolment: () => enrolment,
  sign: keys.identity.sign,
  clock: systemClock,
  timers: systemTimers,
  // Every gap is the shortest.
  random: () => 0,
  timeoutMs: 20_000,
  regexTimeoutMs: 1_000,
  record: () => undefined,
  logger: silent,
});
examiner.named([examId]);
await examiner.run(new AbortController().signal);
