// How a measured service is reached.

export interface ServiceAccess {
  /** http or https. */
  readonly url: string;
  /** Sent as a bearer token, or as the API of a chat service takes it. */
  readonly apiKey?: string;
  /** PEM: trusted instead of the public certificate authorities. */
  readonly caPem?: string;
  /** The time limit of one question. */
  readonly timeoutMs: number;
}
