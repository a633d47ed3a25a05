// The operator's requests about the controller's master key.

import { answered, type ClientOptions, call } from './call.ts';
import { masterKeyStatus, type RotateMasterKeyRequest } from './messages/master-key.ts';
import { pathOf } from './routes.ts';

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function masterKeyCalls(options: ClientOptions) {
  return {
    masterKeyStatus: () =>
      answered(call(options, { method: 'GET', path: pathOf('masterKeyStatus') }, masterKeyStatus)),
    /** Begins a rotation, or goes on with one that has stopped. Resolves when it is under way. */
    rotateMasterKey: (body: RotateMasterKeyRequest) =>
      answered(call(options, { method: 'POST', path: pathOf('rotateMasterKey'), body }, masterKeyStatus)),
  };
}
