// ca.rotate: lets an operator take one step of a rotation of the CA.

import type { RequestRule } from './request-rule.ts';

export const caRotate: RequestRule<'ca.rotate'> = {
  // Both CAs, so that a request for one rotation is not good for the next. Who is ready is left out: nodes
  // change that themselves.
  stateFor: (_parameters, view) => {
    const { pin, next } = view.ca();
    return { kind: 'found', state: { ca_pin: pin ?? null, next_ca_pin: next?.pin ?? null } };
  },
};
