// What the routes of a sign-in by OpenID Connect need: the provider, what binds a sign-in to its browser, and
// where browsers come back to.

import type { IncomingMessage } from 'node:http';
import type { OpenIdProvider } from './open-id-provider.ts';
import type { SignInTickets } from './sign-in-tickets.ts';

export interface OpenIdDoor {
  readonly provider: OpenIdProvider;
  readonly tickets: SignInTickets;
  /** The URL of the dashboard. It is made from the settings, and from nothing that a caller says. */
  readonly redirectUri: (incoming: IncomingMessage) => string;
}
