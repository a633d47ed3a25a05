// How the agent reaches its controller over TLS.

import { createTlsFetch, fetchCaWithPin } from '@mesh/host';
import type { EnrolPorts } from '../identity/enrol.ts';
import type { Identity } from '../identity/key-files.ts';
import type { ConnectNode } from '../uplink/channel/control-channel.ts';

export const enrolPorts: Omit<EnrolPorts, 'onWork'> = {
  fetchPinnedCa: (url, pins) => fetchCaWithPin(url, pins),
  connect: (caPem) => {
    const fetch = createTlsFetch({ ca: caPem, maxSockets: 1 });
    return { fetch, close: () => fetch.close() };
  },
};

/** Two sockets: one for the blocking query, one for submissions in the meantime. */
export function connectWith(identity: Identity): ConnectNode {
  return (enrolment) => {
    const fetch = createTlsFetch({
      ca: enrolment.ca_pem,
      cert: enrolment.certificate_pem,
      key: identity.toPem(),
      maxSockets: 2,
    });
    return { fetch, close: () => fetch.close() };
  };
}
