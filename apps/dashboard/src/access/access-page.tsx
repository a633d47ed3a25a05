// Who may come in, and who may administer: enrolments that wait, join tokens and API keys.

import { mayChange } from '../session/session.ts';
import { ApiKeys } from './api-keys.tsx';
import { JoinTokens } from './join-tokens.tsx';
import { PendingNodes } from './pending-nodes.tsx';

export function AccessPage() {
  return (
    <>
      <PendingNodes />
      <JoinTokens />
      {mayChange() ? <ApiKeys /> : <p class="quiet">Only an operator sees the API keys.</p>}
    </>
  );
}
