// Leases that last longer while work on the controller is planned. An officer signs for it, with meshctl.

import type { MaintenanceStatus } from '@mesh/protocol';
import { ActionDialog } from '../page/action-dialog.tsx';
import { newEntries, useAnswer } from '../page/use-answer.ts';
import { dateTime } from '../page/words.ts';
import { askJson } from '../session/ask.ts';
import { mayChange } from '../session/session.ts';

const NEWS = newEntries(/^(?:maintenance_|controller_started|epoch_opened)/);
const load = (signal: AbortSignal) => askJson<MaintenanceStatus>('/v1/admin/maintenance', { signal });

export function PlannedWork() {
  const { answer: status, fault, reload } = useAnswer(load, NEWS);
  const end = async () => {
    await askJson('/v1/admin/maintenance/end', { method: 'POST', body: {} });
    reload();
  };
  return (
    <section aria-labelledby="work">
      <h2 id="work">Planned work</h2>
      <p role="alert" class="fault">
        {fault}
      </p>
      {status?.window === null && (
        <>
          <p>No work is planned. A lease lasts {status.lease_seconds} s.</p>
          <p class="quiet">
            An officer begins it: <code>meshctl maintenance start --for 1h --reason TEXT --key KEY</code>. The
            key stays out of the browser.
          </p>
        </>
      )}
      {status !== undefined && status.window !== null && (
        <>
          <p>
            <strong>Leases last until {dateTime(status.window.until)}</strong> and {status.lease_seconds} s
            longer, since {dateTime(status.window.started_at)}: {status.window.reason} (signed by{' '}
            {status.window.officer}). A node that loses the controller meanwhile keeps its tunnels.
          </p>
          {mayChange() && (
            <ActionDialog
              label="End it"
              describe="End the planned work"
              title="End the planned work?"
              confirm="End it"
              onConfirm={end}
            >
              <p>Leases return to {status.lease_seconds} s. Nodes are told at once.</p>
            </ActionDialog>
          )}
        </>
      )}
    </section>
  );
}
