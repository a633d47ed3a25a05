// Decides about the nodes that the brake holds. Where there are officers, they have to allow it before.

import type { OfficerList, RequestStatus } from '@mesh/protocol';
import { ActionDialog, textOf } from '../page/action-dialog.tsx';
import { pageLink } from '../page/route.ts';
import { many } from '../page/words.ts';
import { MakeRequest } from '../requests/make-request.tsx';
import { askJson } from '../session/ask.ts';
import { mayChange } from '../session/session.ts';

/** How long nodes that are released stay in at most. */
const RELEASE_SECONDS = 3_600;

interface Decision {
  readonly decision: 'cut' | 'release';
  readonly forSeconds: number;
  readonly title: string;
  readonly effect: string;
}

const DECISIONS: readonly Decision[] = [
  {
    decision: 'cut',
    forSeconds: 0,
    title: 'Cut them',
    effect: 'are cut from all their peers now',
  },
  {
    decision: 'release',
    forSeconds: RELEASE_SECONDS,
    title: 'Keep them in',
    effect: `stay in for up to ${RELEASE_SECONDS / 60} minutes, without a limit, while you correct the policy or the suite`,
  },
];

export interface EndBrakeProps {
  /** How many nodes it holds. */
  readonly held: number;
  readonly officers: OfficerList;
  readonly requests: readonly RequestStatus[];
  readonly onDone: () => void;
}

export function EndBrake(props: EndBrakeProps) {
  return (
    <>
      {DECISIONS.map((one) => (
        <div key={one.decision} class="item">
          <h3>{one.title}</h3>
          <p>The held nodes {one.effect}.</p>
          <Decide {...props} {...one} />
        </div>
      ))}
    </>
  );
}

function Decide({ decision, forSeconds, title, effect, ...props }: EndBrakeProps & Decision) {
  const { held, officers, requests, onDone } = props;
  const asked = requests.filter(
    ({ request }) =>
      request.kind === 'brake.end' &&
      request.parameters.decision === decision &&
      request.parameters.for_seconds === forSeconds,
  );
  if (officers.required > 0 && !asked.some(({ status }) => status === 'authorised'))
    return asked.length > 0 ? (
      <p>
        A request for it waits for signatures: see <a href={pageLink('requests')}>Requests</a>.
      </p>
    ) : (
      <>
        <p>{many(officers.required, 'officer')} must sign for it.</p>
        <MakeRequest
          subject={{ kind: 'brake.end', parameters: { decision, for_seconds: forSeconds } }}
          what={`once that the held nodes ${effect}`}
        />
      </>
    );
  if (!mayChange()) return <p class="quiet">An operator can do it.</p>;
  const end = async (form: FormData) => {
    const body = {
      decision,
      reason: textOf(form, 'reason'),
      ...(decision === 'release' ? { for_seconds: forSeconds } : {}),
    };
    await askJson('/v1/admin/brake/end', { method: 'POST', body });
    onDone();
  };
  return (
    <ActionDialog
      label={title}
      title={`${title}: ${many(held, 'node')}?`}
      confirm={title}
      hasReason
      onConfirm={end}
    >
      <p>
        {many(held, 'node')} that the brake holds {effect}.
      </p>
    </ActionDialog>
  );
}
