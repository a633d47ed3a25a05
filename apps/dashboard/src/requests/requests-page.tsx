// What waits for signatures of officers. They are made outside the browser (docs/decisions/0085).

import type { OfficerList, RequestStatus } from '@mesh/protocol';
import { newEntries, useAnswer } from '../page/use-answer.ts';
import { many } from '../page/words.ts';
import { askJson } from '../session/ask.ts';
import { maySubmit } from '../session/session.ts';
import { OpenRequest } from './open-request.tsx';
import { SubmitSignatures } from './submit-signatures.tsx';

const NEWS = newEntries(/^(?:officers_set|request_|policy_|brake_ended|backup_restored|node_revoked)/);

interface Loaded {
  readonly officers: OfficerList;
  readonly requests: readonly RequestStatus[];
}

async function load(signal: AbortSignal): Promise<Loaded> {
  const [officers, { requests }] = await Promise.all([
    askJson<OfficerList>('/v1/admin/officers', { signal }),
    askJson<{ requests: RequestStatus[] }>('/v1/admin/requests', { signal }),
  ]);
  return { officers, requests };
}

export function RequestsPage() {
  const { answer, fault, reload } = useAnswer(load, NEWS);
  return (
    <>
      <p role="alert" class="fault">
        {fault}
      </p>
      {answer !== undefined && (
        <>
          <Officers officers={answer.officers} />
          <section aria-labelledby="open">
            <h2 id="open">Open requests</h2>
            {answer.requests.length === 0 && <p>No request is open.</p>}
            {answer.requests.map((one) => (
              <OpenRequest key={one.request.request_id} status={one} officers={answer.officers} />
            ))}
          </section>
          {maySubmit() ? (
            <SubmitSignatures requests={answer.requests} onDone={reload} />
          ) : (
            <p class="quiet">Anyone with the role officer-proposer or operator can bring signatures.</p>
          )}
        </>
      )}
    </>
  );
}

function Officers({ officers: { officers, required } }: { readonly officers: OfficerList }) {
  return (
    <section aria-labelledby="officers">
      <h2 id="officers">Officers</h2>
      {officers.length === 0 ? (
        <p>This mesh has no officers: an operator decides alone.</p>
      ) : (
        <>
          <p>
            {required} of {many(officers.length, 'officer')} must sign a request:
          </p>
          <ul>
            {officers.map(({ name, public_key: key }) => (
              <li key={key}>
                {name} <span class="key quiet">{key}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
