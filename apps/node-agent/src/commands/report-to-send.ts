// Reads a result file for the commands about result files, and says what would be sent of it.

import { HarnessError } from '@mesh/harness';
import { defined } from '@mesh/primitives';
import { printable } from '@mesh/protocol';
import type { Command } from 'commander';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import { readWhole } from '../measure/child/read-report-file.ts';
import { type MappedFile, mapFile, resultOfMapped } from '../measure/child/report-result.ts';
import type { Result } from '../measure/result/measurement.ts';
import { withOpenFile } from '../measure/sources/open-file.ts';
import { dateResult, findTooOld } from '../measure/sources/result-date.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';
import { MAP_OPTION, SOURCE_KINDS_HELP, SOURCE_MODEL_OPTION, sourceSettings } from './source-flags.ts';

export interface ReportFlags extends CommonFlags {
  readonly map?: readonly string[];
  readonly sourceModel?: string;
}

/** The settings of a result file, which is named. */
export type NamedReport = AgentSettings['measure']['report'] & {
  readonly path: string;
  readonly format: NonNullable<AgentSettings['measure']['report']['format']>;
};

const MAX_REASON_LENGTH = 2_000;

export function reportOptions(command: Command): Command {
  return command
    .argument('[kind:file]', `the file; without it measure.report of the settings. ${SOURCE_KINDS_HELP}`)
    .option(...MAP_OPTION)
    .option(...SOURCE_MODEL_OPTION);
}

/** @throws AgentError `usage` if no file is named */
export function namedReport(source: string | undefined, flags: ReportFlags, io: CommandIo): NamedReport {
  const given = sourceSettings({ ...flags, ...defined({ source }) });
  const { report } = settingsFrom(flags, io.env, given).measure;
  const { path, format } = report;
  if (path === undefined || format === undefined)
    throw new AgentError('usage', 'no result file is named: write KIND:FILE, as in promptfoo:out.json');
  return { ...report, path, format };
}

/** @throws AgentError `usage` */
export async function readReportBytes(path: string): Promise<{ bytes: Uint8Array; changedAtMs: number }> {
  try {
    return await withOpenFile(path, async (handle) => {
      const { mtimeMs } = await handle.stat();
      return { bytes: readWhole(handle.fd, path), changedAtMs: mtimeMs };
    });
  } catch (error) {
    throw new AgentError('usage', messageOf(error), { cause: error });
  }
}

export interface ReadyReport {
  readonly file: MappedFile;
  readonly measuredAtMs: number;
  /** What would be sent, or why nothing would. */
  readonly sent: { readonly result: Result } | { readonly reason: string };
}

/** @throws AgentError `failed` if the file as a whole cannot be used, or its mapping */
export function mapNamed(report: NamedReport, bytes: Uint8Array, changedAtMs: number): ReadyReport {
  const file = orNothingSent(report.path, () => mapFile(bytes, report));
  const measuredAtMs = dateResult(file.report.measuredAtMs, changedAtMs);
  let result: Result;
  try {
    result = resultOfMapped(report.path, file.mapped, file.report);
  } catch (error) {
    return { file, measuredAtMs, sent: { reason: messageOf(error) } };
  }
  const tooOld = findTooOld(measuredAtMs, Date.now(), report.max_age_seconds * 1_000);
  return { file, measuredAtMs, sent: tooOld === undefined ? { result } : { reason: tooOld } };
}

/** @throws AgentError `failed`, `usage` */
export async function resultToSend(source: string | undefined, flags: ReportFlags, io: CommandIo) {
  const report = namedReport(source, flags, io);
  const { bytes, changedAtMs } = await readReportBytes(report.path);
  const { file, measuredAtMs, sent } = mapNamed(report, bytes, changedAtMs);
  if ('reason' in sent) throw nothingSent(sent.reason);
  return { result: sent.result, measuredAtMs, evidence: file.evidence, model: file.report.model };
}

/** Runs `read`; what it says about the file becomes an error of the command. @throws AgentError `failed` */
export function orNothingSent<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw nothingSent(`${path}: ${error.message}`);
  }
}

/** A reason may quote the file. */
export function nothingSent(reason: string): AgentError {
  return new AgentError('failed', `nothing would be sent: ${printable(reason, MAX_REASON_LENGTH)}`);
}
