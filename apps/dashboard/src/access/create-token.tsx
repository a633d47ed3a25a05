import type { CreateTokenAnswer, CreateTokenRequest } from '@mesh/protocol';
import { useId } from 'preact/hooks';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { ChooseLife } from '../page/choose-life.tsx';
import { askJson } from '../session/ask.ts';

const HOUR_S = 3_600;
const LIVES = [
  ['15 minutes', 900],
  ['an hour', HOUR_S],
  ['a day', 24 * HOUR_S],
  ['7 days', 168 * HOUR_S],
  ['30 days', 720 * HOUR_S],
] as const;

/** Makes a join token. */
export function CreateToken({ onMade }: { readonly onMade: (answer: CreateTokenAnswer) => void }) {
  const id = useId();
  const create = async (form: FormData) => {
    const nodeId = textOf(form, 'node');
    const body: CreateTokenRequest = {
      class: textOf(form, 'class'),
      uses: Number(form.get('uses')),
      ttl_seconds: Number(form.get('life')),
      approve: form.has('approve'),
      ...(nodeId === '' ? {} : { node_id: nodeId }),
    };
    onMade(await askJson<CreateTokenAnswer>('/v1/admin/tokens', { method: 'POST', body }));
  };
  return (
    <ActionDialog label="New token" title="Make a join token?" confirm="Make it" onConfirm={create}>
      <p>Anyone who has it can enrol nodes with it.</p>
      <label for={`${id}-class`}>Class of the nodes</label>
      <input id={`${id}-class`} name="class" required defaultValue="default" autocomplete="off" />
      <label for={`${id}-uses`}>How many nodes may enrol with it</label>
      <input id={`${id}-uses`} name="uses" type="number" min={1} max={10_000} required defaultValue="1" />
      <label for={`${id}-node`}>Only this node (empty: any)</label>
      <input id={`${id}-node`} name="node" autocomplete="off" />
      <ChooseLife lives={LIVES} usual={HOUR_S} />
      <label>
        <input type="checkbox" name="approve" /> its nodes wait for an approval
      </label>
    </ActionDialog>
  );
}
