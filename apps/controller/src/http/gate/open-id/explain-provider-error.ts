// What a failed sign-in by OpenID Connect is told to the person, and to the operator's log. Errors of the
// library can hold answers of the provider, and with them codes and tokens, so none of them is handed on.

import { ProviderUnreachable } from './provider-fetch.ts';

/** `unavailable`: the provider does not do what it should. `refused`: this sign-in is not good. */
type SignInFault = 'refused' | 'unavailable';

export class SignInError extends Error {
  readonly fault: SignInFault;
  /** For the log: a word of this program, or an error code of OAuth. */
  readonly reason: string;

  constructor(fault: SignInFault, reason: string, message: string) {
    super(message);
    this.name = 'SignInError';
    this.fault = fault;
    this.reason = reason;
  }
}

/** RFC 6749 sections 4.1.2.1 and 5.2: a word. Anything else of the provider is not repeated. */
const OAUTH_ERROR = /^[a-z_]{1,64}$/;
const TOO_LONG = 'OAUTH_TIMEOUT';

export function explainProviderError(error: unknown): SignInError {
  if (error instanceof SignInError) return error;
  const unreachable = [error, causeOf(error)].find((each) => each instanceof ProviderUnreachable);
  if (unreachable instanceof ProviderUnreachable)
    return new SignInError('unavailable', 'unreachable', `the OpenID provider: ${unreachable.message}`);
  const { name, code } = namesOf(error);
  if (code === TOO_LONG)
    return new SignInError('unavailable', 'timeout', 'the OpenID provider takes too long: try again');
  const oauth = oauthErrorOf(error);
  if (name === 'AuthorizationResponseError')
    return new SignInError(
      'refused',
      oauth,
      `the OpenID provider did not sign you in (${oauth}): begin again`,
    );
  if (name === 'ResponseBodyError' && oauth === 'invalid_grant')
    return new SignInError(
      'refused',
      oauth,
      'the OpenID provider does not take its own code any more: it was used before, or is too old; begin again',
    );
  // RFC 6749 section 5.2: a client that is not known may be refused with a challenge in place of a body.
  if (name === 'ResponseBodyError' || name === 'WWWAuthenticateChallengeError')
    return new SignInError(
      'unavailable',
      oauth,
      `the OpenID provider refuses this controller (${oauth}): check client_id, client_secret_file and the redirect URI of its client`,
    );
  return new SignInError(
    'unavailable',
    code ?? name,
    `what the OpenID provider answers does not hold (${code ?? name}), so nobody was signed in: check issuer and client_id, and both clocks`,
  );
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function namesOf(error: unknown): { readonly name: string; readonly code: string | undefined } {
  if (!(error instanceof Error)) return { name: 'unknown', code: undefined };
  const { code } = error as { readonly code?: unknown };
  return {
    name: error.name,
    code: typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? code : undefined,
  };
}

function oauthErrorOf(error: unknown): string {
  const { error: word } = error as { readonly error?: unknown };
  return typeof word === 'string' && OAUTH_ERROR.test(word) ? word : 'unknown';
}
