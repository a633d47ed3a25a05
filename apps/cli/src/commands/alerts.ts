// meshctl alerts: who is told of cuts and the like, and whether they take it.

import { defined } from '@mesh/primitives';
import type { AlertReceiver, TestAlertsAnswer } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { asking, withSession } from '../session/session.ts';

export function addAlertsCommands(program: Command, ports: Ports): void {
  const alerts = program
    .command('alerts')
    .description('the webhooks and commands that are told of cuts and the like');
  alerts
    .command('list')
    .description('the receivers, what waits for them, and why they take nothing')
    .action(
      asking(
        ports,
        (client) => client.alertReceivers(),
        ({ receivers }) => renderReceivers(receivers),
      ),
    );
  alerts
    .command('test')
    .description('send a test alert, and show what the receivers answer: exit code 7 if one does not take it')
    .argument('[name]', 'one receiver, by its name in the configuration; without it, all')
    .action((name: string | undefined, _flags: object, command: Command) =>
      withSession(command, ports, async (session) => {
        const answer = await session.client.testAlerts(defined({ name }));
        session.result(answer, renderResults);
        const failed = answer.results.filter(({ delivered }) => !delivered);
        if (failed.length > 0)
          throw new CliError(
            'attention',
            `not delivered: ${failed.map((result) => result.name).join(', ')}; mend it, and test it again`,
          );
      }),
    );
}

function renderReceivers(receivers: readonly AlertReceiver[]): string {
  if (receivers.length === 0)
    return 'nobody is told of alerts: name receivers in the configuration, as alerts.webhooks or alerts.commands\n';
  return renderTable(
    ['NAME', 'KIND', 'TARGET', 'EVENTS', 'WAITING', 'DROPPED', 'LAST DELIVERED', 'FAILING'],
    receivers.map((receiver) => [
      receiver.name,
      receiver.kind,
      receiver.target,
      receiver.events.join(','),
      String(receiver.pending),
      String(receiver.dropped),
      receiver.last_delivered_at ?? '-',
      receiver.failing === null ? '-' : `since ${receiver.failing.since}: ${receiver.failing.why}`,
    ]),
  );
}

function renderResults({ results }: TestAlertsAnswer): string {
  return renderTable(
    ['NAME', 'DELIVERED', 'ANSWER'],
    results.map(({ name, delivered, answer }) => [name, delivered ? 'yes' : 'no', answer]),
  );
}
