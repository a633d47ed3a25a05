// What an agent examines other nodes with, as the settings say.

import { LogField } from '@mesh/host';
import { AgentError } from '../errors/agent-error.ts';
import { ExamFolder } from '../exams/exam-folder.ts';
import type { ExaminerParts } from '../exams/exam-ports.ts';
import { findServiceUser } from '../measure/confinement/service-user.ts';
import type { UnprivilegedUser } from '../measure/confinement/unprivileged-user.ts';
import { createExamProcess } from '../measure/sources/exam-process.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import type { Platform } from './build-platform.ts';

/** How long the patterns of one grading may take: exams/grade-exam.ts. */
const PATTERNS_MS = 60_000;

/** @returns undefined if this node takes no exams */
export function openExaminer(
  { exams, measure }: AgentSettings,
  { timers, randomBytes, logger }: Platform,
  path: string,
): ExaminerParts | undefined {
  if (!exams.enabled) return undefined;
  let runAs: UnprivilegedUser | undefined;
  try {
    runAs = findServiceUser(measure.service_user);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    logger.warn({ [LogField.reason]: error.message }, 'this node cannot examine others');
    return undefined;
  }
  const timeoutMs = exams.timeout_seconds * 1_000;
  return {
    child: createExamProcess({
      runMs: Math.max(timeoutMs, PATTERNS_MS),
      runAs,
      timers,
      logger,
    }),
    folder: new ExamFolder({ path, randomBytes }),
    concurrency: exams.concurrency,
    timeoutMs,
    regexTimeoutMs: measure.canary.regex_timeout_ms,
  };
}
