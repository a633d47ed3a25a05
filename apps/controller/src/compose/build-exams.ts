// Builds what draws exams and closes them.

import { ExamWatch } from '../schedule/exam-watch.ts';
import type { Judgement } from './build-judgement.ts';
import type { LogPublication } from './build-log.ts';
import type { Published } from './build-publication.ts';
import type { Storage } from './open-storage.ts';
import type { Platform } from './platform.ts';

export function buildExams(
  { clock, timers, logger, randomBytes }: Platform,
  { meshId, view, journal, examEntries }: Storage,
  { peering, publication }: Published,
  { judge }: Judgement,
  { publishedLog }: LogPublication,
): ExamWatch {
  return new ExamWatch({
    meshId,
    view,
    context: () => journal.context(),
    judge,
    head: () => publishedLog.head(),
    entriesOf: (challengeSha256) => examEntries.of(challengeSha256),
    arePeers: (one, other) => peering.arePeers(one, other),
    onAssigned: (examiner) => publication.refresh(examiner, 'exams'),
    randomBytes,
    clock,
    timers,
    logger,
  });
}
