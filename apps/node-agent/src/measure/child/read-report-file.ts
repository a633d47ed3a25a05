// Reads the result file that the agent has opened for this process. The process itself may not be able to
// open it.

import { readSync } from 'node:fs';
import { MAX_REPORT_BYTES } from '@mesh/harness';
import { MeasurementError, type Result } from '../result/measurement.ts';
import { resultOfFile } from './report-result.ts';
import type { ReportJob } from './service-job.ts';

/** The descriptor of the file. */
const FILE = 3;
const CHUNK_BYTES = 1_048_576;

/** @throws MeasurementError `unscored`, `too_large` */
export function readReportFile(job: ReportJob): Result {
  return resultOfFile(job.path, readWhole(FILE, job.path), job);
}

/**
 * Reads an open file from its beginning, wherever its position is.
 *
 * @throws MeasurementError `too_large`
 */
export function readWhole(file: number, path: string): Uint8Array {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const bytesRead = readSync(file, chunk, 0, chunk.length, lengthBytes);
    if (bytesRead === 0) return Buffer.concat(chunks);
    lengthBytes += bytesRead;
    if (lengthBytes > MAX_REPORT_BYTES)
      throw new MeasurementError(
        'too_large',
        `${path} has more than ${MAX_REPORT_BYTES} bytes: split the run`,
      );
    chunks.push(chunk.subarray(0, bytesRead));
  }
}
