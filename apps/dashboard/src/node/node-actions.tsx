// What may be done with a node, each with a reason for the log and a question before. The controller decides
// who may; who may not does not see the buttons.

import type { NodeDetail } from '@mesh/protocol';
import { useRef, useState } from 'preact/hooks';
import { AskError, askJson } from '../session/ask.ts';
import { mayChange } from '../session/session.ts';

interface Action {
  readonly name: 'quarantine' | 'release';
  readonly title: string;
  readonly effect: string;
}

const QUARANTINE: Action = {
  name: 'quarantine',
  title: 'Quarantine',
  effect: 'It is cut from all its peers within moments, until somebody releases it.',
};
const RELEASE: Action = {
  name: 'release',
  title: 'Release',
  effect: 'It may come back when its results allow it.',
};

export function NodeActions({
  detail,
  onDone,
}: {
  readonly detail: NodeDetail;
  readonly onDone: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [fault, setFault] = useState('');
  const [isBusy, setBusy] = useState(false);
  if (!mayChange() || detail.status === 'revoked' || detail.status === 'pending') return null;
  const action = detail.status === 'quarantined' ? RELEASE : QUARANTINE;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const reason = String(new FormData(form).get('reason') ?? '').trim();
    setBusy(true);
    setFault('');
    try {
      await askJson(`/v1/admin/nodes/${encodeURIComponent(detail.node_id)}/${action.name}`, {
        method: 'POST',
        body: { reason },
      });
      form.reset();
      dialog.current?.close();
      onDone();
    } catch (error) {
      setFault(error instanceof AskError ? error.message : String(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <p class="actions">
      <button type="button" onClick={() => dialog.current?.showModal()}>
        {action.title}…
      </button>
      <dialog ref={dialog} aria-labelledby="action">
        <form onSubmit={submit}>
          <h2 id="action">
            {action.title} {detail.node_id}?
          </h2>
          <p>{action.effect}</p>
          <label for="reason">Why (it goes into the log)</label>
          <input id="reason" name="reason" required maxLength={512} autocomplete="off" />
          <p role="alert" class="fault">
            {fault}
          </p>
          <div class="bar">
            <button type="submit" disabled={isBusy}>
              {action.title}
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
          </div>
        </form>
      </dialog>
    </p>
  );
}
