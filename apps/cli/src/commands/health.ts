// meshctl health: whether the controller runs, what it has refused, and how much its database has grown.

import { TILE_WIDTH } from '@mesh/audit';
import type { Health } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { renderFields } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';
import { findingsOf } from '../status/findings.ts';
import { takeSnapshot } from '../status/mesh-snapshot.ts';
import { renderFindings } from './findings-table.ts';

export function addHealthCommand(program: Command, ports: Ports): void {
  program
    .command('health')
    .description(
      'whether the controller runs, what its doors have refused, and how much its database has grown',
    )
    .option('--check', 'also look for what needs attention: exit code 7 if anything does')
    .action((flags: { check?: boolean }, command: Command) =>
      withSession(command, ports, async (session) => {
        if (flags.check === true) await check(session);
        else session.result(await session.client.health(), render);
      }),
    );
}

async function check(session: Session): Promise<void> {
  const snapshot = await takeSnapshot(session.client);
  const findings = findingsOf(snapshot);
  session.result(
    { schema_version: 1, ...snapshot.health, findings },
    () => `${render(snapshot.health)}\n${renderFindings(findings, session)}`,
  );
  if (findings.length > 0)
    throw new CliError('attention', `needs attention: ${findings.map(({ code }) => code).join(', ')}`);
}

function render({
  status,
  epoch_id: epoch,
  refused_total: refused,
  flood_since: flood,
  storage,
  log,
  exams,
  alerts,
}: Health): string {
  const counts = Object.entries(refused ?? {}).filter(([, count]) => count > 0);
  return renderFields([
    ['status', status],
    ['epoch', String(epoch)],
    ['refused', counts.length === 0 ? 'nothing' : counts.map(([why, count]) => `${why} ${count}`).join(', ')],
    ['flood since', flood ?? 'none'],
    ...(storage === undefined ? [] : storageFields(storage)),
    ...(log === undefined ? [] : logFields(log)),
    ...(exams === undefined ? [] : examFields(exams)),
    ...(alerts === undefined ? [] : alertFields(alerts)),
  ]);
}

function storageFields(storage: NonNullable<Health['storage']>): [name: string, value: string][] {
  const { erasures_pending: pending, moved } = storage;
  return [
    ['database', `${inMegabytes(storage.database_bytes)}, ${inMegabytes(storage.free_bytes)} of it free`],
    ['write-ahead log', inMegabytes(storage.wal_bytes)],
    ['log entries', String(storage.log_entries)],
    ...(moved === undefined ? [] : [['moved tiles', movedText(moved)] as [string, string]]),
    [
      'details are kept',
      storage.details_days === null
        ? 'for ever: set retention.details_days in the configuration to bound them'
        : `for ${storage.details_days} days`,
    ],
    ...(storage.configs_days === undefined
      ? []
      : [['digests of configs', `are kept for ${storage.configs_days} days`] as [string, string]]),
    ...(storage.move_after_days === undefined
      ? []
      : [['tiles of the log', tilesText(storage.move_after_days)] as [string, string]]),
    ...(pending === 0 ? [] : [['erasures', `${pending} under way`] as [string, string]]),
  ];
}

const tilesText = (afterDays: number | null): string =>
  afterDays === null
    ? 'stay in the database: set log.folder and log.move_after_days in the configuration to bound it'
    : `move to the log's folder after ${afterDays} days`;

type Moved = NonNullable<NonNullable<Health['storage']>['moved']>;

const movedText = ({ tiles, bytes, folder }: Moved): string =>
  `${tiles} with ${tiles * TILE_WIDTH} entries, ${inMegabytes(bytes)} in ${folder}`;

function logFields(log: NonNullable<Health['log']>): [name: string, value: string][] {
  const { required_member_cosignatures: required, refused_by: refusing } = log;
  return [
    ['published head', `${log.published_size} entries${describeCosigners(log)}`],
    ...(required === 0
      ? []
      : [
          [
            'head for nodes',
            `${log.offered_size} entries, cosigned by ${log.member_cosignatures} of ${required} members that have to`,
          ] as [string, string],
        ]),
    ['log refused by', refusing.length === 0 ? 'nobody' : refusing.join(', ')],
  ];
}

function examFields(exams: NonNullable<Health['exams']>): [name: string, value: string][] {
  const { suspended_examiners: suspended, overdue, overdue_nodes: nodes } = exams;
  const more = overdue > nodes.length ? `, and ${overdue - nodes.length} more` : '';
  return [
    [
      'suspended examiners',
      suspended.length === 0 ? 'none' : `${suspended.join(', ')}: look at meshctl examiners list`,
    ],
    ['exams overdue', overdue === 0 ? 'none' : `${overdue}: ${nodes.join(', ')}${more}`],
  ];
}

function alertFields({
  receivers,
  pending,
  dropped,
  failing,
}: NonNullable<Health['alerts']>): [name: string, value: string][] {
  return [
    [
      'alerts',
      `${receivers} receivers, ${pending} alerts wait${dropped === 0 ? '' : `, ${dropped} were not delivered`}`,
    ],
    ...failing.map(({ name, since, why }): [string, string] => [
      'alerts fail',
      `at ${name} since ${since}: ${why}`,
    ]),
  ];
}

function describeCosigners({ cosigned_by: names }: NonNullable<Health['log']>): string {
  return names === undefined || names.length === 0 ? '' : `, cosigned by ${names.join(', ')}`;
}

const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
