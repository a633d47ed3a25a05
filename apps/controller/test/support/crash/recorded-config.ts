// How a controller runs whose writes are recorded, and where its record says what it has told.

import { join } from 'node:path';
import { EXAMS } from '../exams.ts';
import type { ConfigInput } from '../index.ts';

/** In the run's folder: what was told, one line of JSON each. It is no file of the controller. */
export const TOLD_FILE = 'told.jsonl';

/** Everything is below one folder, also the published log. */
export const recordedConfig = (directory: string): Partial<ConfigInput> => ({
  log: { folder: join(directory, 'www', 'log') },
  max_benchmark_age_seconds: 86_400,
  policy: { minResultGapMs: 0, exams: { ...EXAMS, examiners: 1, agreeing: 1, items: 5 } },
});
