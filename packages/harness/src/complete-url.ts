// Completes the address of a service, from as much of it as the user wrote down.

/**
 * Trailing slashes do not count. Query and user are kept, a fragment is not.
 *
 * @param missing what is missing after a path that does not end in a slash; empty if it is whole
 * @throws TypeError if the base is not a URL
 */
export function completeUrl(base: string, missing: (path: string) => string): URL {
  const url = new URL(base);
  url.hash = '';
  let path = url.pathname;
  while (path.endsWith('/')) path = path.slice(0, -1);
  url.pathname = `${path}${missing(path)}`;
  return url;
}
