// The operator's requests about the keys that sign the log's heads.

import { answered, type ClientOptions, call } from './call.ts';
import { type FinishLogKeyRequest, type LogKeyRequest, logKeyStatus } from './messages/log-key.ts';
import { pathOf, type RouteName } from './routes.ts';

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function logKeyCalls(options: ClientOptions) {
  const post = (route: RouteName, body: object) =>
    answered(call(options, { method: 'POST', path: pathOf(route), body }, logKeyStatus));
  return {
    logKeyStatus: () =>
      answered(call(options, { method: 'GET', path: pathOf('logKeyStatus') }, logKeyStatus)),
    /** Makes other keys, which sign from now on as well. */
    prepareLogKey: (body: LogKeyRequest) => post('prepareLogKey', body),
    /** Ends the keys that signed before. */
    finishLogKey: (body: FinishLogKeyRequest) => post('finishLogKey', body),
    /** Drops the next keys. */
    abortLogKey: (body: LogKeyRequest) => post('abortLogKey', body),
  };
}
