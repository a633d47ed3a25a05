// Which peers a guard's elements keep to one service. Pure.

import type { GuardElements } from './guard-elements.ts';
import { hostElement } from './guard-table.ts';
import type { Restrictions } from './lease-guard.ts';
import { isSameService } from './only-service.ts';

export const NO_RESTRICTIONS: Restrictions = { holdFor: () => false };

export function restrictionsIn(elements: GuardElements): Restrictions {
  if ([...elements.values()].every(({ service }) => service === undefined)) return NO_RESTRICTIONS;
  return {
    holdFor: ({ addresses, service }) =>
      service !== undefined &&
      addresses.every((range) => {
        const host = hostElement(range);
        // A guard lets nothing pass from or to a wider range.
        return host === undefined || isSameService(elements.get(host.address)?.service, service);
      }),
  };
}
