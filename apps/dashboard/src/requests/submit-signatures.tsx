// Brings files that officers have signed to the controller. What they hold is shown before.

import type { RequestStatus, SignedRequest } from '@mesh/protocol';
import { useRef, useState } from 'preact/hooks';
import { ActionDialog } from '../page/action-dialog.tsx';
import { many } from '../page/words.ts';
import { askJson, messageOf } from '../session/ask.ts';
import { readRequestFile } from './request-file.ts';

interface Chosen {
  readonly name: string;
  readonly signed: SignedRequest;
}

const MEANINGS: Readonly<Record<RequestStatus['status'], string>> = {
  pending: 'waits for more signatures',
  authorised: 'is signed: an operator may now do this, once',
  carried_out: 'has taken effect',
};

export interface SubmitSignaturesProps {
  /** Those that are open. */
  readonly requests: readonly RequestStatus[];
  readonly onDone: () => void;
}

export function SubmitSignatures({ requests, onDone }: SubmitSignaturesProps) {
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<readonly Chosen[]>([]);
  const [fault, setFault] = useState('');
  const [said, setSaid] = useState<readonly string[]>([]);
  const choose = async (files: readonly File[]) => {
    setSaid([]);
    setFault('');
    try {
      setChosen(
        await Promise.all(
          files.map(async (file) => ({ name: file.name, signed: await readRequestFile(file) })),
        ),
      );
    } catch (error) {
      setChosen([]);
      setFault(messageOf(error));
    }
  };
  // One after another: each adds its signatures, and the last that is needed counts.
  const submit = async () => {
    const answers: string[] = [];
    try {
      for (const { name, signed } of chosen) {
        const { status, signed_by: names } = await askJson<RequestStatus>('/v1/admin/requests', {
          method: 'POST',
          body: signed,
        });
        answers.push(`${name}: the request ${MEANINGS[status]} (signed by ${names.join(', ')})`);
      }
      setChosen([]);
      if (input.current !== null) input.current.value = '';
    } finally {
      setSaid(answers);
      onDone();
    }
  };
  return (
    <section aria-labelledby="bring">
      <h2 id="bring">Bring signatures</h2>
      <label for="signed-files">Files that officers have signed</label>{' '}
      <input
        id="signed-files"
        ref={input}
        type="file"
        accept=".json,application/json"
        multiple
        onChange={({ currentTarget }) => void choose([...(currentTarget.files ?? [])])}
      />
      <p role="alert" class="fault">
        {fault}
      </p>
      {chosen.length > 0 && (
        <ActionDialog
          label="Submit"
          title="Bring these signatures to the controller?"
          confirm="Submit"
          onConfirm={submit}
        >
          <p>With the last signature that is needed a request takes effect, and that cannot be taken back.</p>
          <ul>
            {chosen.map(({ name, signed }) => (
              <li key={name}>
                {name}: {describe(signed, requests)}
              </li>
            ))}
          </ul>
        </ActionDialog>
      )}
      <div role="status">
        {said.map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
      </div>
    </section>
  );
}

/** The controller's sentence where it has the request already; otherwise what the file says. */
function describe({ request, signatures }: SignedRequest, open: readonly RequestStatus[]): string {
  const known = open.find((one) => one.request.request_id === request.request_id)?.sentence;
  const what = known ?? `${request.kind} ${JSON.stringify(request.parameters)}`;
  return `${what} (${request.reason}), with ${many(signatures.length, 'signature')}`;
}
