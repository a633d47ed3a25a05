// Enrolments that wait for an operator.

import { model, revision } from '../live/follow.ts';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { nodeLink } from '../page/route.ts';
import { askJson } from '../session/ask.ts';
import { mayChange } from '../session/session.ts';

interface Decision {
  readonly name: 'approve' | 'reject';
  readonly title: string;
  readonly effect: string;
}

const DECISIONS: readonly Decision[] = [
  {
    name: 'approve',
    title: 'Approve',
    effect: 'It becomes a member, and is in when its results are good enough.',
  },
  { name: 'reject', title: 'Refuse', effect: 'It is revoked for ever, and its token use is spent.' },
];

export function PendingNodes() {
  void revision.value;
  const waiting = [...model.nodes.values()].filter(({ status }) => status === 'pending');
  return (
    <section aria-labelledby="pending">
      <h2 id="pending">Enrolments that wait</h2>
      {waiting.length === 0 && <p>Nobody waits for an approval.</p>}
      {waiting.map(({ id, class: className }) => (
        <div key={id} class="item bar">
          <p>
            <a href={nodeLink(id)}>{id}</a>, of class {className}
          </p>
          {mayChange() && DECISIONS.map((one) => <Decide key={one.name} id={id} {...one} />)}
        </div>
      ))}
    </section>
  );
}

function Decide({ id, name, title, effect }: Decision & { readonly id: string }) {
  const decide = async (form: FormData) => {
    await askJson(`/v1/admin/nodes/${encodeURIComponent(id)}/${name}`, {
      method: 'POST',
      body: { reason: textOf(form, 'reason') },
    });
  };
  return (
    <ActionDialog
      label={title}
      describe={`${title} ${id}`}
      title={`${title} ${id}?`}
      confirm={title}
      hasReason
      onConfirm={decide}
    >
      <p>{effect}</p>
    </ActionDialog>
  );
}
