// Who is told of alerts, and whether they take them.

import type { AlertReceiver, TestAlertsAnswer } from '@mesh/protocol';
import { useState } from 'preact/hooks';
import { newEntries, useAnswer } from '../page/use-answer.ts';
import { dateTime } from '../page/words.ts';
import { askJson, messageOf } from '../session/ask.ts';
import { mayChange } from '../session/session.ts';

/** What may make an alert. */
const NEWS = newEntries(/^(?:node_|brake_|probation_|policy_)/);
const load = (signal: AbortSignal) => askJson<{ receivers: AlertReceiver[] }>('/v1/admin/alerts', { signal });

export function AlertReceivers() {
  const { answer, fault, reload } = useAnswer(load, NEWS);
  const [said, setSaid] = useState('');
  const test = async (name: string) => {
    setSaid(`A test alert goes to ${name}…`);
    try {
      const { results } = await askJson<TestAlertsAnswer>('/v1/admin/alerts/test', {
        method: 'POST',
        body: { name },
      });
      setSaid(
        results
          .map((one) => `${one.name} ${one.delivered ? 'took it' : 'did NOT take it'}: ${one.answer}`)
          .join('; '),
      );
    } catch (error) {
      setSaid(messageOf(error));
    }
    reload();
  };
  return (
    <section aria-labelledby="alerts">
      <h2 id="alerts">Who is told of alerts</h2>
      <p role="alert" class="fault">
        {fault}
      </p>
      {answer?.receivers.length === 0 && (
        <p>
          Nobody. Name receivers in the configuration, as <code>alerts.webhooks</code> or{' '}
          <code>alerts.commands</code>.
        </p>
      )}
      {answer?.receivers.map((receiver) => (
        <Receiver key={receiver.name} receiver={receiver} onTest={() => void test(receiver.name)} />
      ))}
      <p role="status">{said}</p>
    </section>
  );
}

function Receiver({ receiver, onTest }: { readonly receiver: AlertReceiver; readonly onTest: () => void }) {
  const { name, kind, target, events, pending, dropped, delivered, failing } = receiver;
  return (
    <article class="item" aria-label={name}>
      <h3>
        {name} <span class="quiet">({kind})</span>
      </h3>
      <dl>
        <dt>target</dt>
        <dd>{target}</dd>
        <dt>is told of</dt>
        <dd>{events.join(', ')}</dd>
        <dt>last delivered</dt>
        <dd>
          {receiver.last_delivered_at === null
            ? 'nothing since the controller started'
            : `${dateTime(receiver.last_delivered_at)} (${delivered} since the controller started)`}
        </dd>
        <dt>wait</dt>
        <dd>
          {pending}
          {dropped > 0 && `, and ${dropped} were dropped`}
        </dd>
        {failing !== null && (
          <>
            <dt>fails</dt>
            <dd class="fault">
              since {dateTime(failing.since)}: {failing.why}
            </dd>
          </>
        )}
      </dl>
      {mayChange() && (
        <button type="button" aria-label={`Send a test to ${name}`} onClick={onTest}>
          Send a test
        </button>
      )}
    </article>
  );
}
