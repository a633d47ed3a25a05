// `mesh-agent sources check`: reads a result file as the agent would, and shows what would be sent, or why
// nothing would.

import { type MappedDimension, readReport } from '@mesh/harness';
import { printable } from '@mesh/protocol';
import type { Command } from 'commander';
import { AgentError } from '../errors/agent-error.ts';
import type { MappedFile } from '../measure/child/report-result.ts';
import { common } from './common-options.ts';
import type { CommandIo } from './down.ts';
import {
  mapNamed,
  type NamedReport,
  namedReport,
  nothingSent,
  orNothingSent,
  type ReportFlags,
  readReportBytes,
  reportOptions,
} from './report-to-send.ts';
import { attestCommand } from './sources-attest.ts';
import { textTable } from './text-table.ts';

export interface SourcesCheckFlags extends ReportFlags {
  readonly json?: boolean;
}

const MAX_PATHS = 200;
const MAX_TEXT_LENGTH = 300;

export function sourcesCommand(program: Command, io: CommandIo): void {
  const sources = program.command('sources').description('result files of evaluation harnesses');
  reportOptions(common(sources.command('check')))
    .description('read a result file and show what would be sent, or why nothing would')
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
  attestCommand(sources, io);
}

/** @throws AgentError `failed` if nothing would be sent; `usage` for a file or mapping that is not given */
export async function runSourcesCheck(
  source: string | undefined,
  flags: SourcesCheckFlags,
  io: CommandIo,
): Promise<void> {
  const report = namedReport(source, flags, io);
  const { bytes, changedAtMs } = await readReportBytes(report.path);
  if (Object.keys(report.map).length === 0) return listPaths(report, bytes, io);
  const { file, measuredAtMs, sent } = mapNamed(report, bytes, changedAtMs);
  const measuredAt = new Date(measuredAtMs).toISOString();
  const reason = 'reason' in sent ? sent.reason : undefined;
  io.write(flags.json === true ? `${asJson(file, measuredAt, reason)}\n` : render(file, measuredAt));
  if (reason !== undefined) throw nothingSent(reason);
  if (flags.json !== true) io.write('This would be sent.\n');
}

function listPaths({ path, format, model }: NamedReport, bytes: Uint8Array, io: CommandIo): never {
  const { paths } = orNothingSent(path, () => readReport(format, bytes, { model }));
  const shown = paths.slice(0, MAX_PATHS).map((one) => `  ${printable(one, MAX_TEXT_LENGTH)}\n`);
  io.write(
    shown.length === 0 ? 'A file of this kind has no fixed paths.\n' : `The file holds:\n${shown.join('')}`,
  );
  throw new AgentError('usage', 'nothing would be sent without a mapping: add --map overall=PATH');
}

function asJson(
  { report, mapped, evidence }: MappedFile,
  measuredAt: string,
  reason: string | undefined,
): string {
  const { harness, model = null } = report;
  const about = { harness, model, measured_at: measuredAt, evidence };
  return JSON.stringify({ ...about, scores: mapped, sent: reason === undefined, reason: reason ?? null });
}

function render({ report, mapped, evidence }: MappedFile, measuredAt: string): string {
  const head = [
    report.harness,
    ...(report.model === undefined ? [] : [`model ${report.model}`]),
    `measured ${measuredAt}`,
    `sha256 ${evidence.sha256}`,
  ];
  const rows = [['SCORE', 'VALUE', 'SAMPLES', 'ERROR', 'FROM'], ...mapped.map(rowOf)];
  return `${printable(head.join(', '), MAX_TEXT_LENGTH)}\n${textTable(rows)}`;
}

function rowOf(one: MappedDimension): string[] {
  const path = printable(one.path, MAX_TEXT_LENGTH);
  if ('unscored' in one)
    return [one.dimension, 'unscored', '', '', `${path}: ${printable(one.unscored, MAX_TEXT_LENGTH)}`];
  const { dimension, score, samples, standardError } = one;
  return [dimension, score.toFixed(4), String(samples ?? ''), standardError?.toFixed(4) ?? '', path];
}
