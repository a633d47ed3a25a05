// Join tokens: the list, which never holds a secret, a new one, and the withdrawal of one.

import type { CreateTokenAnswer, TokenSummary } from '@mesh/protocol';
import { useState } from 'preact/hooks';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { SecretOnce } from '../page/secret-once.tsx';
import { newEntries, useAnswer } from '../page/use-answer.ts';
import { dateTime } from '../page/words.ts';
import { askJson } from '../session/ask.ts';
import { mayChange } from '../session/session.ts';
import { CreateToken } from './create-token.tsx';

const NEWS = newEntries(/^(?:token_|node_enrolled|node_reenrolled|node_deleted)/);
const FIRST = 100;

const load = (signal: AbortSignal) =>
  askJson<{ tokens: TokenSummary[] }>('/v1/admin/tokens', { signal }).then(({ tokens }) =>
    usableFirst(tokens),
  );

const usableFirst = (tokens: readonly TokenSummary[]): readonly TokenSummary[] =>
  [...tokens].sort(
    (one, other) =>
      Number(other.state === 'usable') - Number(one.state === 'usable') ||
      other.expires_at.localeCompare(one.expires_at),
  );

export function JoinTokens() {
  const { answer: tokens, fault, reload } = useAnswer(load, NEWS);
  const [made, setMade] = useState<CreateTokenAnswer>();
  const [shown, setShown] = useState(FIRST);
  return (
    <section aria-labelledby="tokens">
      <div class="bar">
        <h2 id="tokens">Join tokens</h2>
        {mayChange() && <CreateToken onMade={setMade} />}
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      {made !== undefined && (
        <SecretOnce
          name="join token"
          secret={made.token}
          advice={`Anyone who has it can enrol nodes until ${dateTime(made.expires_at)}.`}
          onClose={() => {
            setMade(undefined);
            reload();
          }}
        />
      )}
      {tokens?.length === 0 && <p>There are no tokens.</p>}
      {tokens !== undefined && tokens.length > 0 && (
        <TokenTable tokens={tokens.slice(0, shown)} onWithdrawn={reload} />
      )}
      {tokens !== undefined && tokens.length > shown && (
        <button type="button" onClick={() => setShown(shown + FIRST)}>
          Show more ({tokens.length - shown} left)
        </button>
      )}
    </section>
  );
}

interface TokenTableProps {
  readonly tokens: readonly TokenSummary[];
  readonly onWithdrawn: () => void;
}

function TokenTable({ tokens, onWithdrawn }: TokenTableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="The join tokens">
      <table>
        <thead>
          <tr>
            <th scope="col">token</th>
            <th scope="col">state</th>
            <th scope="col">uses left</th>
            <th scope="col">class</th>
            <th scope="col">only for</th>
            <th scope="col">good until</th>
            <th scope="col">waits for approval</th>
            <th scope="col">nodes</th>
            <th scope="col">
              <span class="hidden">actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => (
            <tr key={token.token_id}>
              <th scope="row" class="key">
                {token.token_id}
              </th>
              <td>{token.state}</td>
              <td>{token.uses_left}</td>
              <td>{token.class}</td>
              <td>{token.node_id ?? 'any'}</td>
              <td>{dateTime(token.expires_at)}</td>
              <td>{token.approve ? 'yes' : 'no'}</td>
              <td>{token.nodes.join(', ')}</td>
              <td>
                {mayChange() && token.state === 'usable' && (
                  <Withdraw id={token.token_id} onDone={onWithdrawn} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Withdraw({ id, onDone }: { readonly id: string; readonly onDone: () => void }) {
  const withdraw = async (form: FormData) => {
    const body = { token_id: id, reason: textOf(form, 'reason') };
    await askJson('/v1/admin/tokens/withdraw', { method: 'POST', body });
    onDone();
  };
  return (
    <ActionDialog
      label="Withdraw"
      describe={`Withdraw ${id}`}
      title={`Withdraw token ${id}?`}
      confirm="Withdraw"
      hasReason
      onConfirm={withdraw}
    >
      <p>Nobody can enrol with it any more. Nodes that have enrolled with it stay.</p>
    </ActionDialog>
  );
}
