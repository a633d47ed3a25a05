// Requests as bytes.

export interface RequestParts {
  readonly method: string;
  /** Path and query, written as they are. */
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
}

export function requestBytes({ method, target, headers, body }: RequestParts): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    'host: x',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined ? [] : [`content-length: ${body.length}`]),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return body === undefined ? head : Buffer.concat([head, body]);
}

/** @param key an API key */
export function jsonRequest(method: string, target: string, body: object, key?: string): Buffer {
  return requestBytes({
    method,
    target,
    headers: [
      ['content-type', 'application/json'],
      ...(key === undefined ? [] : [['authorization', `Bearer ${key}`] as const]),
    ],
    body: Buffer.from(JSON.stringify(body)),
  });
}
