// GET /v1/alerts and POST /v1/alerts/test: the receivers of alerts, and whether they take one.

import { noteAlertsTest } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';
import { type AlertReceiver, ProblemError, problem, testAlertsRequest } from '@mesh/protocol';
import type { Handler } from 'hono';
import type { Alerts } from '../../alerts/alerts.ts';
import type { ReceiverQueue } from '../../alerts/receiver-queue.ts';
import type { Judge } from '../../judge/judge.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface AlertPorts {
  readonly alerts: Pick<Alerts, 'queues' | 'test'>;
}

export interface TestAlertsPorts extends AlertPorts {
  readonly judge: Pick<Judge, 'run'>;
}

export function alertsRoute({ alerts }: AlertPorts): Handler {
  return (context) => context.json({ receivers: alerts.queues.map(viewOf) });
}

/** The entry in the log comes first: no receiver is told of a test that the log does not know of. */
export function testAlertsRoute({ alerts, judge }: TestAlertsPorts): Handler<AdminEnv> {
  return async (context) => {
    const { name } = (await readMessage(context, testAlertsRequest)).message;
    const queues = alerts.queues.filter(({ receiver }) => name === undefined || receiver.name === name);
    if (queues.length === 0)
      throw new ProblemError(
        problem(
          'not_found',
          name === undefined
            ? 'the configuration names no receiver of alerts: add one to alerts.webhooks or alerts.commands'
            : 'no receiver of alerts has this name; list them with: meshctl alerts list',
        ),
      );
    const names = queues.map(({ receiver }) => receiver.name);
    await judge.run(noteAlertsTest(names, context.get('caller').actor));
    const deliveries = await alerts.test(queues);
    return context.json({
      results: deliveries.map((delivery, at) => ({
        name: queues[at]?.receiver.name,
        delivered: delivery.kind === 'delivered',
        answer: delivery.kind === 'delivered' ? delivery.answer : delivery.why,
      })),
    });
  };
}

function viewOf({ receiver, status }: ReceiverQueue): AlertReceiver {
  const { name, kind, target, events } = receiver;
  const { pending, dropped, delivered, failures, failing, lastDeliveredAtMs } = status;
  return {
    name,
    kind,
    target,
    events: [...events],
    pending,
    dropped,
    delivered,
    failures,
    failing: failing === undefined ? null : { since: formatRfc3339(failing.sinceMs), why: failing.why },
    last_delivered_at: lastDeliveredAtMs === undefined ? null : formatRfc3339(lastDeliveredAtMs),
  };
}
