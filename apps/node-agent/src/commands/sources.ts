// `mesh-agent sources check`: reads a result file as the agent would, and shows what would be sent, or why
// nothing would.

import { open } from 'node:fs/promises';
import { HarnessError, type MappedDimension, readReport } from '@mesh/harness';
import { printable } from '@mesh/protocol';
import type { Command } from 'commander';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import { readWhole } from '../measure/child/read-report-file.ts';
import { type MappedFile, mapFile, resultOfMapped } from '../measure/child/report-result.ts';
import { dateResult } from '../measure/sources/report-source.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { common } from './common-options.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';
import { SOURCE_KINDS_HELP, sourceSettings } from './source-flags.ts';

export interface SourcesCheckFlags extends CommonFlags {
  readonly map?: readonly string[];
  readonly sourceModel?: string;
  readonly json?: boolean;
}

type ReportSettings = AgentSettings['measure']['report'];

const MAX_PATHS = 200;
const MAX_TEXT_LENGTH = 300;
const MAX_REASON_LENGTH = 2_000;

export function sourcesCommand(program: Command, io: CommandIo): void {
  const sources = program.command('sources').description('result files of evaluation harnesses');
  common(sources.command('check'))
    .description('read a result file and show what would be sent, or why nothing would')
    .argument('[kind:file]', `the file; without it measure.report of the settings. ${SOURCE_KINDS_HELP}`)
    .option('--map <entry...>', 'which value gives which score: NAME=PATH[@WORST..BEST][#SAMPLES]')
    .option('--source-model <name>', 'the model that the result file must be about')
    .option('--json', 'print everything as JSON')
    .addHelpText(
      'after',
      `
Without a mapping it shows the paths that the file holds. It ends with 0 only if every mapped score would be sent.

Examples:
  $ mesh-agent sources check promptfoo:out.json
  $ mesh-agent sources check promptfoo:out.json --map overall=successes,refusal=namedScores.refusal#20
  $ mesh-agent sources check junit:report.xml --map overall=passed#100
  $ mesh-agent sources check --config /etc/mesh-agent.yaml`,
    )
    .action((source, flags) => runSourcesCheck(source, flags, io));
}

/** @throws AgentError `failed` if nothing would be sent; `usage` for a file or mapping that is not given */
export async function runSourcesCheck(
  source: string | undefined,
  flags: SourcesCheckFlags,
  io: CommandIo,
): Promise<void> {
  const given = sourceSettings({ ...flags, ...(source === undefined ? {} : { source }) });
  const { report } = settingsFrom(flags, io.env, given).measure;
  const { path, format } = report;
  if (path === undefined || format === undefined)
    throw new AgentError('usage', 'no result file is named: write KIND:FILE, as in promptfoo:out.json');
  const { bytes, changedAtMs } = await readFile(path);
  try {
    if (Object.keys(report.map).length === 0) return listPaths(bytes, { ...report, format }, io);
    const file = mapFile(bytes, { ...report, format });
    const sent = resultOrReason(path, file);
    const measuredAtMs = dateResult('reason' in sent ? {} : sent, changedAtMs);
    const reason = 'reason' in sent ? sent.reason : findTooOld(report, measuredAtMs);
    const measuredAt = new Date(measuredAtMs).toISOString();
    if (flags.json === true) {
      const { harness, model } = file.report;
      const what = { harness, model: model ?? null, measured_at: measuredAt, evidence: file.evidence };
      io.write(
        `${JSON.stringify({ ...what, scores: file.mapped, sent: reason === undefined, reason: reason ?? null })}\n`,
      );
    } else io.write(render(file, measuredAt));
    if (reason !== undefined) throw new AgentError('failed', nothingSent(reason));
    if (flags.json !== true) io.write('This would be sent.\n');
  } catch (error) {
    if (!(error instanceof HarnessError)) throw error;
    throw new AgentError('failed', nothingSent(`${path}: ${error.message}`), { cause: error });
  }
}

/** A reason may quote the file. */
const nothingSent = (reason: string) => `nothing would be sent: ${printable(reason, MAX_REASON_LENGTH)}`;

async function readFile(path: string): Promise<{ bytes: Uint8Array; changedAtMs: number }> {
  try {
    await using handle = await open(path);
    return { bytes: readWhole(handle.fd, path), changedAtMs: (await handle.stat()).mtimeMs };
  } catch (error) {
    throw new AgentError('usage', `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function resultOrReason(path: string, file: MappedFile) {
  try {
    return resultOfMapped(path, file.mapped, file.report);
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function findTooOld({ max_age_seconds }: ReportSettings, measuredAtMs: number): string | undefined {
  const ageSeconds = Math.round((Date.now() - measuredAtMs) / 1_000);
  return ageSeconds > max_age_seconds
    ? `it was measured ${ageSeconds} s ago, and ${max_age_seconds} s are allowed (measure.report.max_age_seconds): run the evaluation again`
    : undefined;
}

function listPaths(
  bytes: Uint8Array,
  { format, model }: ReportSettings & { readonly format: NonNullable<ReportSettings['format']> },
  io: CommandIo,
): void {
  const { paths } = readReport(format, bytes, { model });
  const shown = paths.slice(0, MAX_PATHS).map((path) => `  ${printable(path, MAX_TEXT_LENGTH)}\n`);
  io.write(
    shown.length === 0 ? 'A file of this kind has no fixed paths.\n' : `The file holds:\n${shown.join('')}`,
  );
  throw new AgentError('usage', 'nothing would be sent without a mapping: add --map overall=PATH');
}

function render({ report, mapped, evidence }: MappedFile, measuredAt: string): string {
  const head = [
    report.harness,
    ...(report.model === undefined ? [] : [`model ${report.model}`]),
    `measured ${measuredAt}`,
    `sha256 ${evidence.sha256}`,
  ];
  const rows = [['SCORE', 'VALUE', 'SAMPLES', 'ERROR', 'FROM'], ...mapped.map(rowOf)];
  const widths =
    rows[0]?.map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return `${printable(head.join(', '), MAX_TEXT_LENGTH)}\n${lines.join('\n')}\n`;
}

function rowOf(one: MappedDimension): string[] {
  const path = printable(one.path, MAX_TEXT_LENGTH);
  if ('unscored' in one)
    return [one.dimension, 'unscored', '', '', `${path}: ${printable(one.unscored, MAX_TEXT_LENGTH)}`];
  const { dimension, score, samples, standardError } = one;
  return [dimension, score.toFixed(4), String(samples ?? ''), standardError?.toFixed(4) ?? '', path];
}
