// The policy: what is in force, and a text that is checked, tried and only then applied.

import type { OfficerList, PolicyChanged, PolicyStatus, RequestStatus } from '@mesh/protocol';
import { useEffect, useState } from 'preact/hooks';
import { newEntries, useAnswer } from '../page/use-answer.ts';
import { askJson } from '../session/ask.ts';
import { ApplyPolicy } from './apply-policy.tsx';
import { BacktestView } from './backtest-view.tsx';
import { appliedDraft, beginDraft, checkDraft, draft, newestOf, writeDraft } from './draft.ts';
import { PolicyEditor } from './policy-editor.tsx';
import { PolicyVersions } from './policy-versions.tsx';
import { TrialView } from './trial-view.tsx';

const NEWS = newEntries(/^(?:policy_|officers_set|request_)/);

interface Loaded {
  readonly status: PolicyStatus;
  readonly officers: OfficerList;
  readonly requests: readonly RequestStatus[];
}

async function load(signal: AbortSignal): Promise<Loaded> {
  const [status, officers, { requests }] = await Promise.all([
    askJson<PolicyStatus>('/v1/admin/policy', { signal }),
    askJson<OfficerList>('/v1/admin/officers', { signal }),
    askJson<{ requests: RequestStatus[] }>('/v1/admin/requests', { signal }),
  ]);
  return { status, officers, requests };
}

export function PolicyPage() {
  const { answer, fault, reload } = useAnswer(load, NEWS);
  useEffect(() => {
    if (answer !== undefined && draft.value === undefined) beginDraft(answer.status);
  }, [answer]);
  return (
    <>
      <p role="alert" class="fault">
        {fault}
      </p>
      {answer !== undefined && (
        <>
          <PolicyVersions status={answer.status} />
          <PolicyDraft {...answer} reload={reload} />
        </>
      )}
    </>
  );
}

function PolicyDraft({ reload, ...loaded }: Loaded & { readonly reload: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [said, setSaid] = useState('');
  const written = draft.value;
  if (written === undefined) return null;
  const { status } = loaded;
  const { text, basedOn, checked } = written;
  const newest = newestOf(status);
  const inForce = status.in_force?.version ?? 0;
  const isOld = newest !== null && newest.version > basedOn;
  const isChecked = checked?.text === text && checked.against === inForce && !isOld;
  const check = async () => {
    setBusy(true);
    setSaid('');
    await checkDraft(status);
    setBusy(false);
  };
  const begin = () => {
    beginDraft(status);
    setSaid('');
  };
  const done = ({ version, applies }: PolicyChanged) => {
    appliedDraft(text, version);
    setSaid(
      applies === 'at_once'
        ? `Version ${version} is in force.`
        : `Version ${version} is accepted: it applies at the next epoch boundary.`,
    );
    reload();
  };
  return (
    <section aria-labelledby="another">
      <h2 id="another">Another policy</h2>
      <p role="alert" class="fault">
        {isOld &&
          `Version ${newest.version} has come meanwhile: ${newest.reason}. Your text is kept, and was not applied. Check it again to see what it would change now.`}
      </p>
      <PolicyEditor
        text={text}
        faults={checked?.text === text && checked.kind === 'faults' ? checked.faults : []}
        onText={writeDraft}
      />
      <div class="bar">
        <button type="button" disabled={isBusy} onClick={() => void check()}>
          Check
        </button>
        <button type="button" onClick={begin}>
          Begin again from version {newest?.version ?? 0}
        </button>
      </div>
      <div role="status">
        {said}
        {isBusy && 'The controller tries it…'}
        {checked !== undefined && !isChecked && !isOld && 'Something has changed since it was checked.'}
      </div>
      {isChecked && checked.kind === 'fits' && (
        <>
          <p>Compared with the policy in force, version {inForce}:</p>
          <TrialView trial={checked.trial} />
          <BacktestView key={text} text={text} />
          <ApplyPolicy
            key={checked.trial.sha256}
            {...loaded}
            text={text}
            trial={checked.trial}
            replaces={basedOn}
            onDone={done}
          />
        </>
      )}
    </section>
  );
}
