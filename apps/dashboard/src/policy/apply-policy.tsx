// The last step: puts a policy that was tried in force, or, if it is weaker and there are officers, makes the
// request that they have to sign before.

import type { OfficerList, PolicyChanged, PolicyStatus, PolicyTrial, RequestStatus } from '@mesh/protocol';
import { useState } from 'preact/hooks';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { pageLink } from '../page/route.ts';
import { many } from '../page/words.ts';
import { MakeRequest } from '../requests/make-request.tsx';
import { askJson } from '../session/ask.ts';
import { mayChange } from '../session/session.ts';
import { effectsInWords } from './effects.ts';

export interface ApplyPolicyProps {
  readonly text: string;
  readonly trial: PolicyTrial;
  readonly status: PolicyStatus;
  /** The newest version that the person was shown. */
  readonly replaces: number;
  readonly officers: OfficerList;
  readonly requests: readonly RequestStatus[];
  readonly onDone: (changed: PolicyChanged) => void;
}

export function ApplyPolicy(props: ApplyPolicyProps) {
  const { trial, status, officers, requests } = props;
  const { in_force: inForce } = status;
  if (trial.weaker.length === 0 || officers.required === 0 || inForce === null) return <Apply {...props} />;
  const parameters = { present: `sha256:${inForce.sha256}`, proposed: `sha256:${trial.sha256}` };
  const asked = requests.filter(
    ({ request }) =>
      request.kind === 'policy.replace' &&
      request.parameters.present === parameters.present &&
      request.parameters.proposed === parameters.proposed,
  );
  if (asked.some(({ status: stage }) => stage === 'authorised'))
    return (
      <>
        <p>The officers have allowed this change, once.</p>
        <Apply {...props} />
      </>
    );
  const [waiting] = asked;
  return (
    <>
      <p>
        It weakens the policy, so {many(officers.required, 'officer')} must sign before an operator can apply
        it. Keep the text: the signatures are good for this policy alone.
      </p>
      {waiting === undefined ? (
        <MakeRequest subject={{ kind: 'policy.replace', parameters }} what="this policy, once" />
      ) : (
        <p>
          A request for it has {many(waiting.signed_by.length, 'signature')} of {waiting.request.required}:
          see <a href={pageLink('requests')}>Requests</a>.
        </p>
      )}
    </>
  );
}

function Apply({ text, trial, replaces, onDone }: ApplyPolicyProps) {
  const [when, setWhen] = useState<'boundary' | 'now'>('boundary');
  if (!mayChange()) return <p class="quiet">An operator can apply it.</p>;
  const isWeaker = trial.weaker.length > 0;
  const apply = async (form: FormData) => {
    const body = { text, reason: textOf(form, 'reason'), at_once: when === 'now', replaces };
    onDone(await askJson<PolicyChanged>('/v1/admin/policy', { method: 'POST', body }));
  };
  return (
    <>
      <fieldset>
        <legend>When</legend>
        <label>
          <input
            type="radio"
            name="when"
            checked={when === 'boundary'}
            onChange={() => setWhen('boundary')}
          />{' '}
          at the next epoch boundary
        </label>
        <label>
          <input
            type="radio"
            name="when"
            disabled={isWeaker}
            checked={when === 'now'}
            onChange={() => setWhen('now')}
          />{' '}
          at once{isWeaker && ' (only a policy that is nowhere weaker)'}
        </label>
      </fieldset>
      <ActionDialog
        label="Apply"
        title="Put this policy in force?"
        confirm="Put it in force"
        hasReason
        onConfirm={apply}
      >
        <p>
          It applies {when === 'now' ? 'at once' : 'at the next epoch boundary'}. On the present evidence it{' '}
          {effectsInWords(trial.nodes)}.
        </p>
        {isWeaker && <p>It is weaker than the policy in force.</p>}
      </ActionDialog>
    </>
  );
}
