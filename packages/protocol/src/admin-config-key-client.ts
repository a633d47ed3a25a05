// The operator's requests about the key that signs configs.

import { answered, type ClientOptions, call } from './call.ts';
import {
  configKeyStatus,
  type EndConfigKeyRequest,
  type PrepareConfigKeyRequest,
  type SwitchConfigKeyRequest,
} from './messages/config-key.ts';
import { pathOf, type RouteName } from './routes.ts';

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function configKeyCalls(options: ClientOptions) {
  const post = (route: RouteName, body: object) =>
    answered(call(options, { method: 'POST', path: pathOf(route), body }, configKeyStatus));
  return {
    configKeyStatus: () =>
      answered(call(options, { method: 'GET', path: pathOf('configKeyStatus') }, configKeyStatus)),
    /** Makes another key and announces it. */
    prepareConfigKey: (body: PrepareConfigKeyRequest) => post('prepareConfigKey', body),
    /** Signs with the announced key from now on. */
    switchConfigKey: (body: SwitchConfigKeyRequest) => post('switchConfigKey', body),
    /** Ends the key that signed before the switch. */
    finishConfigKey: (body: EndConfigKeyRequest) => post('finishConfigKey', body),
    /** Drops the announced key. */
    abortConfigKey: (body: EndConfigKeyRequest) => post('abortConfigKey', body),
  };
}
