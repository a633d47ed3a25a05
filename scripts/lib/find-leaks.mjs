// Finds text that no tracked file may have: the host of a package registry, an absolute path on somebody's
// machine, a private key. Each guard is a pattern with a reason.

/** @typedef {{ line: number, match: string, why: string }} Leak */

// Written in pieces, so that this file does not name them itself.
const REGISTRY_HOSTS = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['npm', 'pkg', 'github', 'com'],
  ['deb', 'debian', 'org'],
  ['archive', 'ubuntu', 'com'],
  ['proxy', 'golang', 'org'],
  ['static', 'crates', 'io'],
  ['files', 'pythonhosted', 'org'],
].map((parts) => parts.join('[.]'));

const HOME_PARENTS = ['home', 'Users', 'root', 'work', 'farm'];

const GUARDS = [
  {
    pattern: new RegExp(REGISTRY_HOSTS.join('|'), 'i'),
    why: 'names a registry host: clients know their registry themselves',
  },
  {
    pattern: new RegExp(`(?:^|[^A-Za-z0-9_.~}/-])/(?:${HOME_PARENTS.join('|')})/[A-Za-z0-9_.]`, 'm'),
    why: 'names a path of one machine: make it relative, or take it from the environment',
  },
  {
    // Only with a body after it, on the next line or after an escaped line break: code that writes PEM is
    // allowed.
    pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?:\\[nr]|\s)*[A-Za-z0-9+/=]{24}/,
    why: 'holds a private key: make one when it is needed',
  },
];

/**
 * @param {string} text
 * @returns {Leak[]}
 */
export function findLeaks(text) {
  return GUARDS.flatMap(({ pattern, why }) =>
    [...text.matchAll(new RegExp(pattern, `g${pattern.flags}`))].map((match) => ({
      line: text.slice(0, match.index).split('\n').length + (match[0].startsWith('\n') ? 1 : 0),
      match: match[0].trim().split('\n')[0] ?? '',
      why,
    })),
  );
}
