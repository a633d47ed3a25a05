// The parameters of a query, as they are written behind a path.

/** Those that are undefined are left out. */
export function parametersOf(query: object): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value));
  return parameters;
}

/** A path with a query behind it, if there is anything in it. */
export function withQuery(path: string, query: object): string {
  const parameters = String(parametersOf(query));
  return parameters === '' ? path : `${path}?${parameters}`;
}
