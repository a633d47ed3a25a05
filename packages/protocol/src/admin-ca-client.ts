// The operator's requests about the mesh's CA.

import { answered, type ClientOptions, call } from './call.ts';
import { caStatus, type FinishCaRequest, type RotateCaRequest } from './messages/ca.ts';
import { pathOf } from './routes.ts';

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function caCalls(options: ClientOptions) {
  return {
    caStatus: () => answered(call(options, { method: 'GET', path: pathOf('caStatus') }, caStatus)),
    /** Makes another CA beside the present one. */
    rotateCa: (body: RotateCaRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('rotateCa'), body }, caStatus)),
    /** Ends the present CA, and puts the other one in its place. */
    finishCa: (body: FinishCaRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('finishCa'), body }, caStatus)),
  };
}
