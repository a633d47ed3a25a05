// What a client refuses to begin with.

/** The options of a connection cannot be right. No message holds a key. */
export class MeshClientError extends Error {
  readonly code: 'invalid_url' | 'insecure_url' | 'invalid_option';

  constructor(code: MeshClientError['code'], message: string) {
    super(message);
    this.name = 'MeshClientError';
    this.code = code;
  }
}
