import type { PolicyStatus, PolicyVersion } from '@mesh/protocol';
import { dateTime } from '../page/words.ts';

/** The policy in force, and the one that waits for the next boundary. */
export function PolicyVersions({ status }: { readonly status: PolicyStatus }) {
  const { in_force: inForce, next } = status;
  return (
    <section aria-labelledby="versions">
      <h2 id="versions">In force</h2>
      {inForce === null ? (
        <p>No policy is in force yet: the first epoch has not been opened.</p>
      ) : (
        <Version version={inForce} />
      )}
      {next !== null && (
        <>
          <h2>Waits for the next epoch boundary</h2>
          <Version version={next} />
        </>
      )}
    </section>
  );
}

function Version({ version: one }: { readonly version: PolicyVersion }) {
  const since = one.applied_at === null ? '' : `, in force since ${dateTime(one.applied_at)}`;
  return (
    <>
      <p>
        <strong>Version {one.version}</strong>,{' '}
        {one.from === 'operator' ? 'set by an operator' : 'from the configuration'} at{' '}
        {dateTime(one.changed_at)}
        {since}: {one.reason}
      </p>
      <details>
        <summary>Text of version {one.version}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
        <pre tabIndex={0}>{JSON.stringify(one.policy, null, 2)}</pre>
      </details>
      <p class="quiet key">sha256 {one.sha256}</p>
    </>
  );
}
