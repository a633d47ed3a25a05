import type { OfficerList, RequestStatus } from '@mesh/protocol';
import { model } from '../live/follow.ts';
import { nowMs } from '../page/now.ts';
import { pageLink } from '../page/route.ts';
import { saveFile } from '../page/save-file.ts';
import { age, dateTime } from '../page/words.ts';
import { fileNameOf, renderRequestFile } from './request-file.ts';

export interface OpenRequestProps {
  readonly status: RequestStatus;
  readonly officers: OfficerList;
}

/** One request: what it is about, who has signed it, and how long it is good. */
export function OpenRequest({ status, officers }: OpenRequestProps) {
  const { request, signed_by: names, sentence } = status;
  const missing = Math.max(0, request.required - names.length);
  const leftMs = Date.parse(request.expires_at) - model.controllerNowMs(nowMs.value);
  const others = officers.officers.map(({ name }) => name).filter((name) => !names.includes(name));
  const id = `request-${request.request_id}`;
  return (
    <article class="item" aria-labelledby={id}>
      <h3 id={id}>{sentence ?? `${request.kind} ${JSON.stringify(request.parameters)}`}</h3>
      <dl>
        <dt>why</dt>
        <dd>{request.reason}</dd>
        <dt>kind</dt>
        <dd>{request.kind}</dd>
        <dt>signed by</dt>
        <dd>
          {names.length === 0 ? 'nobody' : names.join(', ')} ({names.length} of {request.required})
        </dd>
        {missing > 0 && (
          <>
            <dt>missing</dt>
            <dd>
              {missing} of {others.join(', ')}
            </dd>
          </>
        )}
        <dt>good until</dt>
        <dd>
          <time dateTime={request.expires_at}>{dateTime(request.expires_at)}</time>{' '}
          {leftMs > 0 ? `(${age(leftMs)} left)` : '(it has expired)'}
        </dd>
        <dt>request</dt>
        <dd class="key">{request.request_id}</dd>
      </dl>
      <Next status={status} />
      <button
        type="button"
        aria-label={`Save the file of ${request.request_id}`}
        onClick={() => saveFile(fileNameOf(request), renderRequestFile(request))}
      >
        Save the file
      </button>
    </article>
  );
}

function Next({ status: { request, status } }: Pick<OpenRequestProps, 'status'>) {
  if (status !== 'authorised')
    return (
      <p>
        Next: an officer signs the file on a machine of their own,{' '}
        <code>meshctl request sign FILE --key KEY</code>, and somebody brings it here.
      </p>
    );
  return (
    <p>
      <strong>Signed.</strong> An operator may now do this, once
      {request.kind === 'policy.replace' && (
        <>
          : check the same text again on <a href={pageLink('policy')}>Policy</a>
        </>
      )}
      {request.kind === 'brake.end' && (
        <>
          : see <a href={pageLink('maintenance')}>Maintenance</a>
        </>
      )}
      .
    </p>
  );
}
