// What limits a node and what fails at it, in words.

import { formatBitRate, type NodeSummary, type Trouble } from '@mesh/protocol';

/**
 * The limit that applies, then the others: "2 Mbit/s (declining, probation 5 Mbit/s until epoch 12, class 8
 * Mbit/s)".
 */
export function describeLimits({ limits, probation_until_epoch: until }: NodeSummary): string | undefined {
  const [lowest] = limits;
  if (lowest === undefined) return undefined;
  const causes = limits.map(({ cause, bits_per_second: rate }) =>
    [
      cause,
      ...(rate === lowest.bits_per_second ? [] : [formatBitRate(rate)]),
      ...(cause === 'probation' && until !== null ? [`until epoch ${until}`] : []),
    ].join(' '),
  );
  return `${formatBitRate(lowest.bits_per_second)} (${causes.join(', ')})`;
}

/**
 * What the node itself reports as failing: "its tunnel has been failing since 2026-11-29T08:00:00Z: busy: …".
 */
export function describeTroubles({ troubles: { tunnel, measurement, log } }: NodeSummary): string[] {
  const describe = (what: string, trouble: Trouble | null) =>
    trouble === null ? [] : [`${what} since ${trouble.since}: ${trouble.code}: ${trouble.reason}`];
  return [
    ...describe('its tunnel has been failing', tunnel),
    ...describe('its measuring has been failing', measurement),
    ...describe('it has been refusing the log', log ?? null),
  ];
}
