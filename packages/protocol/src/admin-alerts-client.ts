// The operator's requests about the receivers of alerts.

import { answered, type ClientOptions, call } from './call.ts';
import { alertReceiverList, type TestAlertsRequest, testAlertsAnswer } from './messages/alerts.ts';
import { pathOf } from './routes.ts';

/** Calls reject like those of `createAdminClient`, whose part they are. */
export function alertCalls(options: ClientOptions) {
  return {
    alertReceivers: () =>
      answered(call(options, { method: 'GET', path: pathOf('alerts') }, alertReceiverList)),
    /** Sends a test alert to one receiver or to all of them. Resolves when they have answered. */
    testAlerts: (body: TestAlertsRequest = {}) =>
      answered(call(options, { method: 'POST', path: pathOf('testAlerts'), body }, testAlertsAnswer)),
  };
}
