// What may be done with a node, each with a reason for the log and a question before. The controller decides
// who may; who may not does not see the buttons.

import type { NodeDetail } from '@mesh/protocol';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { askJson } from '../session/ask.ts';
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
  if (!mayChange() || detail.status === 'revoked' || detail.status === 'pending') return null;
  const { name, title, effect } = detail.status === 'quarantined' ? RELEASE : QUARANTINE;
  const act = async (form: FormData) => {
    await askJson(`/v1/admin/nodes/${encodeURIComponent(detail.node_id)}/${name}`, {
      method: 'POST',
      body: { reason: textOf(form, 'reason') },
    });
    onDone();
  };
  return (
    <p class="actions">
      <ActionDialog
        key={name}
        label={title}
        title={`${title} ${detail.node_id}?`}
        confirm={title}
        hasReason
        onConfirm={act}
      >
        <p>{effect}</p>
      </ActionDialog>
    </p>
  );
}
