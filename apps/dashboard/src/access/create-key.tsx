import type { CreateAdminKeyAnswer } from '@mesh/protocol';
import { useId } from 'preact/hooks';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { ChooseLife } from '../page/choose-life.tsx';
import { askJson } from '../session/ask.ts';

const DAY_S = 86_400;
const LIVES = [
  ['8 hours', DAY_S / 3],
  ['7 days', 7 * DAY_S],
  ['30 days', 30 * DAY_S],
  ['90 days', 90 * DAY_S],
  ['366 days', 366 * DAY_S],
] as const;

const ROLES = [
  ['viewer', 'viewer: reads'],
  ['officer-proposer', 'officer-proposer: also brings what officers have signed'],
  ['operator', 'operator: also changes things'],
] as const;

/** Makes an API key. */
export function CreateKey({ onMade }: { readonly onMade: (answer: CreateAdminKeyAnswer) => void }) {
  const id = useId();
  const create = async (form: FormData) => {
    const body = {
      name: textOf(form, 'name'),
      role: textOf(form, 'role'),
      ttl_seconds: Number(form.get('life')),
    };
    onMade(await askJson<CreateAdminKeyAnswer>('/v1/admin/keys', { method: 'POST', body }));
  };
  return (
    <ActionDialog label="New key" title="Make an API key?" confirm="Make it" onConfirm={create}>
      <p>It ends with the key that you have signed in with, if that is ended.</p>
      <label for={`${id}-name`}>Whose key it is, or what for</label>
      <input id={`${id}-name`} name="name" required maxLength={64} autocomplete="off" />
      <label for={`${id}-role`}>Role</label>
      <select id={`${id}-role`} name="role">
        {ROLES.map(([role, words]) => (
          <option key={role} value={role}>
            {words}
          </option>
        ))}
      </select>
      <ChooseLife lives={LIVES} usual={90 * DAY_S} />
    </ActionDialog>
  );
}
