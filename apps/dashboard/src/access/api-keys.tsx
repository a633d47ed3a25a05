// API keys, with which people and programs administer the mesh. Only operators see and make them.

import type { AdminKeyList, AdminKeyView, CreateAdminKeyAnswer } from '@mesh/protocol';
import { useState } from 'preact/hooks';
import { ActionDialog } from '../page/action-dialog.tsx';
import { SecretOnce } from '../page/secret-once.tsx';
import { newEntries, useAnswer } from '../page/use-answer.ts';
import { dateTime } from '../page/words.ts';
import { askJson } from '../session/ask.ts';
import { session } from '../session/session.ts';
import { CreateKey } from './create-key.tsx';

const NEWS = newEntries(/^admin_key_/);

const load = async (signal: AbortSignal) => {
  const { keys } = await askJson<AdminKeyList>('/v1/admin/keys', { signal });
  return [...keys].sort((one, other) => Number(one.is_expired) - Number(other.is_expired));
};

export function ApiKeys() {
  const { answer: keys, fault, reload } = useAnswer(load, NEWS);
  const [made, setMade] = useState<CreateAdminKeyAnswer>();
  return (
    <section aria-labelledby="keys">
      <div class="bar">
        <h2 id="keys">API keys</h2>
        <CreateKey onMade={setMade} />
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      {made !== undefined && (
        <SecretOnce
          name={`API key of ${made.name}`}
          secret={made.key}
          advice={`Anyone who has it has the role ${made.role} until ${dateTime(made.expires_at)}.`}
          onClose={() => {
            setMade(undefined);
            reload();
          }}
        />
      )}
      {keys !== undefined && keys.length > 0 && <KeyTable keys={keys} onEnded={reload} />}
    </section>
  );
}

function KeyTable({
  keys,
  onEnded,
}: {
  readonly keys: readonly AdminKeyView[];
  readonly onEnded: () => void;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="The API keys">
      <table>
        <thead>
          <tr>
            <th scope="col">name</th>
            <th scope="col">role</th>
            <th scope="col">key</th>
            <th scope="col">made by</th>
            <th scope="col">state</th>
            <th scope="col">last used</th>
            <th scope="col">
              <span class="hidden">actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.key_id}>
              <th scope="row">{key.name}</th>
              <td>{key.role}</td>
              <td class="key">{key.key_id}</td>
              <td>{[key.made_by, key.made_by_id].filter((part) => part !== null).join(' ')}</td>
              <td>
                {key.is_expired ? 'ended' : 'good until'} {dateTime(key.expires_at)}
              </td>
              <td>{key.last_used_on ?? 'never'}</td>
              <td>{!key.is_expired && <EndKey {...key} onDone={onEnded} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function EndKey({ key_id: id, name, onDone }: AdminKeyView & { readonly onDone: () => void }) {
  const isOwn = typeof session.value === 'object' && session.value.key_id === id;
  const end = async () => {
    await askJson(`/v1/admin/keys/${encodeURIComponent(id)}/expire`, { method: 'POST', body: {} });
    onDone();
  };
  return (
    <ActionDialog
      label="End"
      describe={`End the key ${id}`}
      title={`End the key of ${name}?`}
      confirm="End it"
      onConfirm={end}
    >
      <p>
        It is good for nothing at once and for ever, and neither is any key that was made with it.
        {isOwn && ' It is the key that you have signed in with: you are signed out.'}
      </p>
    </ActionDialog>
  );
}
