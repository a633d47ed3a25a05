import type { NodeDetail } from '@mesh/protocol';
import { age, bitRate, dateTime, many } from '../page/words.ts';

/** Addresses, keys, tunnels and troubles. */
export function NodeFacts({ detail }: { readonly detail: NodeDetail }) {
  const { tunnels, troubles, limits } = detail;
  const failing = Object.entries(troubles).flatMap(([what, trouble]) =>
    trouble ? [[what, trouble] as const] : [],
  );
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">Facts</h2>
      <dl>
        <dt>class</dt>
        <dd>{detail.class}</dd>
        <dt>status</dt>
        <dd>{detail.status}</dd>
        <dt>addresses</dt>
        <dd>{detail.addresses.join(', ')}</dd>
        <dt>endpoint</dt>
        <dd>{detail.endpoint ?? 'not known'}</dd>
        <dt>last seen</dt>
        <dd>
          {detail.last_seen_at === null ? 'not since the controller started' : dateTime(detail.last_seen_at)}
        </dd>
        <dt>tunnels</dt>
        <dd>
          {tunnels
            ? `${many(tunnels.count, 'tunnel')}, ${tunnels.without_handshake} without a handshake${
                tunnels.oldest_handshake_ms === null
                  ? ''
                  : `, the oldest handshake ${age(tunnels.oldest_handshake_ms)} ago`
              }`
            : 'no recent report'}
        </dd>
        <dt>limits</dt>
        <dd>
          {limits.length === 0
            ? 'none'
            : limits.map(({ cause, bits_per_second }) => `${bitRate(bits_per_second)} (${cause})`).join(', ')}
        </dd>
        <dt>identity key</dt>
        <dd class="key">{detail.identity_key}</dd>
        <dt>failing</dt>
        <dd>
          {failing.length === 0
            ? 'nothing is reported'
            : failing
                .map(([what, { reason, since }]) => `${what} since ${dateTime(since)}: ${reason}`)
                .join('; ')}
        </dd>
      </dl>
    </section>
  );
}
