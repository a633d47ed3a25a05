// The dependency rule: primitives ← pure packages ← membership ← host ← wg-device ← apps ← labs. Never
// sideways except protocol using the vocabulary of scoring, never app to app, never up. Each comment is what
// a person reads when the rule is broken: it says what to do instead. scripts/check-dependencies.mjs runs
// this and refuses a run that saw no modules.

const PURE = '(?:primitives|psk|scoring|wg|protocol|seal|audit|harness|membership|evidence|client)';
const PURE_SRC = `^packages/${PURE}/src/`;
const APP_MODULES = '^apps/[^/]+/src/';
/** What puts real things together; nothing else may. */
const COMPOSITION = '^apps/[^/]+/src/(?:main[.]ts$|compose[.]ts$|compose/)';
/** Third-party packages that do no I/O. */
const PURE_LIBRARIES = '(?:^|/)node_modules/(?:@noble|@hpke|zod|yaml|canonicalize)/';

/**
 * The folders of each app, and of the packages that have as many, lowest first. A folder imports from those
 * before it and from itself. Files beside the folders stand above all of them.
 */
const FLOORS = {
  'apps/controller': [
    'errors',
    'trust',
    'settings',
    'store',
    'backup',
    'keys',
    'leases',
    'publish',
    'judge',
    'schedule',
    'alerts',
    'metrics',
    'http/gate',
    'http/receive',
    'http/respond',
    'http/routes',
    'http/listeners',
    'poc',
    'compose',
  ],
  'apps/node-agent': [
    'errors',
    'clock',
    'lease',
    'plan',
    'identity',
    'guard',
    'interfaces',
    'events',
    'journal',
    'log',
    'engine/port',
    'engine/one-interface',
    'engine/in-place',
    'engine/strict',
    'engine',
    'measure/result',
    'settings',
    'measure/confinement',
    'measure/child',
    'measure/sources',
    'measure',
    'uplink/channel',
    'uplink/certificate',
    'uplink/keys',
    'uplink/config',
    'uplink/submit',
    'uplink/reports',
    'exams',
    'probes',
    'status',
    'control',
    'doctor',
    'run',
    'compose',
    'commands',
  ],
  'apps/witness': ['errors', 'settings', 'identity', 'store', 'cosign', 'http'],
  'apps/cli': [
    'errors',
    'ports',
    'options',
    'door',
    'session',
    'output',
    'secrets',
    'officers',
    'proofs',
    'events',
    'status',
    'help',
    'import',
    'commands',
    'compose',
  ],
  'apps/dashboard': [
    'session',
    'live',
    'log',
    'page',
    'matrix',
    'graph',
    'requests',
    'policy',
    'maintenance',
    'access',
    'node',
    'overview',
    'shell',
  ],
  'packages/wg-device': [
    'port',
    'linux',
    'device',
    'uapi',
    'wg-tool',
    'dry-run',
    'nft',
    'guard',
    'host-rules',
    'contract',
  ],
  'packages/membership': [
    'events',
    'state',
    'epochs',
    'observations',
    'peering',
    'commands',
    'standing',
    'requests',
  ],
};

/**
 * What a folder may not import: every later folder, and the files beside the folders (a version is a plain
 * fact).
 */
const foldersNeverUp = Object.entries(FLOORS).flatMap(([home, folders]) =>
  folders.map((folder, floor) => ({
    name: 'folders-never-up',
    severity: 'error',
    comment:
      'Folders build on each other in one direction (FLOORS in .dependency-cruiser.cjs lists them, lowest first). Take what is ' +
      'needed from above as a parameter, or move the shared type down to the folder that owns the idea.',
    // A folder inside another one has a floor of its own.
    from: {
      path: `^${home}/src/${folder}/`,
      pathNot: folders
        .filter((other) => other.startsWith(`${folder}/`))
        .map((other) => `^${home}/src/${other}/`),
    },
    to: {
      path: [
        ...folders.slice(floor + 1).map((other) => `^${home}/src/${other}/`),
        `^${home}/src/[^/]+[.]tsx?$`,
      ],
      pathNot: [
        `^${home}/src/version[.]ts$`,
        // Commands start the agent.
        ...(home === 'apps/node-agent' && folder === 'commands' ? [`^${home}/src/compose[.]ts$`] : []),
        // Own folder and lower floors within a later one's path.
        ...folders.slice(0, floor + 1).map((other) => `^${home}/src/${other}/`),
      ],
    },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'everything-resolves',
      severity: 'error',
      comment:
        'This import leads nowhere. Add the package to this package.json (exact version), or mend the path: ' +
        'relative imports end in .ts, noble imports in .js.',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment:
        'These files import each other in a circle. Move what both need into a file of its own. (A circle that `import ' +
        'type` closes vanishes with the types and is let pass.)',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'primitives-stand-alone',
      severity: 'error',
      comment:
        '@mesh/primitives is the bottom: it imports no other package of ours. Move the caller up, or what it needs down.',
      from: { path: '^packages/primitives/' },
      to: { path: '^(?:packages/(?!primitives/)|apps/|e2e/|demo/|bench/)' },
    },
    {
      name: 'pure-packages-never-sideways',
      severity: 'error',
      comment:
        'A pure package builds on @mesh/primitives only (and protocol on the vocabulary of scoring). Pass the value ' +
        'in as a parameter, move the shared concept into primitives, or put the two together in an app.',
      from: { path: '^packages/(psk|scoring|wg|protocol|seal|audit|harness)/' },
      to: {
        path: '^(?:packages/(?!(?:$1|primitives)/)|apps/|e2e/|demo/|bench/)',
        // scoring, for protocol's sake, is judged by the next rule.
        pathNot: '^packages/scoring/',
      },
    },
    {
      name: 'scoring-only-for-protocol',
      severity: 'error',
      comment:
        'Of the pure packages only protocol (reasons travel in messages), membership and evidence may use scoring. Take the decision or the ' +
        'reason as a parameter, or put the two together in an app.',
      from: { path: '^packages/(?!scoring/|protocol/|membership/|evidence/|host/)' },
      to: { path: '^packages/scoring/' },
    },
    {
      name: 'membership-builds-on-messages-and-decisions',
      severity: 'error',
      comment:
        '@mesh/membership decides who is in: it builds on primitives, protocol, scoring, seal and wg. Keys, storage and ' +
        'the log stay with the app: take what is needed as a parameter.',
      from: { path: '^packages/membership/' },
      to: {
        path: '^(?:packages/(?!membership/|primitives/|protocol/|scoring/|seal/|wg/)|apps/|e2e/|demo/|bench/)',
      },
    },
    {
      name: 'evidence-builds-on-log-messages-and-decisions',
      severity: 'error',
      comment:
        '@mesh/evidence shows decisions to whoever has no controller: it builds on primitives, audit, protocol, ' +
        'scoring and harness (draws of exams). What only the controller knows comes to it as an entry of the log.',
      from: { path: '^packages/evidence/' },
      to: {
        path: '^(?:packages/(?!evidence/|primitives/|audit/|protocol/|scoring/|harness/)|apps/|e2e/|demo/|bench/)',
      },
    },
    {
      name: 'client-builds-on-messages',
      severity: 'error',
      comment:
        '@mesh/client is for programs of others, in browsers too: it builds on primitives and protocol. What only the ' +
        'controller knows belongs into an answer.',
      from: { path: '^packages/client/' },
      to: { path: '^(?:packages/(?!client/|primitives/|protocol/)|apps/|e2e/|demo/|bench/)' },
    },
    {
      name: 'host-never-up',
      severity: 'error',
      comment:
        'packages/host serves the apps and knows none of them. Declare what it needs as a parameter type in host and ' +
        'pass it in from the app.',
      from: { path: '^packages/host/' },
      to: { path: '^(?:apps|e2e|demo|bench)/' },
    },
    {
      name: 'wg-device-knows-no-mesh',
      severity: 'error',
      comment:
        '@mesh/wg-device drives a WireGuard interface for anybody: it builds on primitives, wg and host, and knows no ' +
        'mesh, no epochs and no leases. Pass the value in as a parameter, or put the piece into the agent.',
      from: { path: '^packages/wg-device/' },
      to: { path: '^(?:packages/(?!wg-device/|primitives/|wg/|host/)|apps/|e2e/|demo/|bench/)' },
    },
    {
      name: 'wg-device-is-for-linux-apps',
      severity: 'error',
      comment:
        'No package builds on @mesh/wg-device: it acts on the host. Take the port (Tunnel) as a parameter, or put the ' +
        'two together in an app.',
      from: { path: '^packages/(?!wg-device/)' },
      to: { path: '^packages/wg-device/' },
    },
    {
      name: 'wg-device-adapters-stand-apart',
      severity: 'error',
      comment:
        'An adapter of the tunnel port knows nothing of another: what two of them share belongs to linux/ or device/.',
      from: { path: '^packages/wg-device/src/(uapi|wg-tool|dry-run)/' },
      to: { path: '^packages/wg-device/src/(?!$1/)(?:uapi|wg-tool|dry-run)/' },
    },
    ...foldersNeverUp,
    {
      name: 'no-app-to-app',
      severity: 'error',
      comment:
        'Apps talk over the protocol, not through imports. Move what both need into packages/ (pure) or packages/host ' +
        '(impure).',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/(?!$1/)' },
    },
    {
      name: 'apps-know-no-labs',
      severity: 'error',
      comment:
        'e2e, demo and bench use the apps, never the other way round. Move the piece into the app or packages/host.',
      from: { path: '^apps/' },
      to: { path: '^(?:e2e|demo|bench)/' },
    },
    {
      name: 'pure-means-no-platform',
      severity: 'error',
      comment:
        'A pure package must run in browsers and edge runtimes: no node: builtins in its src. Take bytes, time, hash or ' +
        'verify functions as (defaulted) parameters, and let the app pass the platform’s own.',
      from: { path: PURE_SRC },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-means-pure-libraries',
      severity: 'error',
      comment:
        'A pure package uses libraries without I/O only. Do the I/O in packages/host or an app and pass the result in; ' +
        'a library that really does none goes on the list in .dependency-cruiser.cjs, with a decision record.',
      from: { path: PURE_SRC },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'],
        pathNot: PURE_LIBRARIES,
      },
    },
    {
      name: 'sqlite-behind-the-store',
      severity: 'error',
      comment:
        'SQLite is opened by packages/host only (openSqlite sets and verifies WAL and synchronous=FULL), and spoken to ' +
        'in an app’s store/. Take a store port as a parameter instead. Types may be imported anywhere.',
      from: { path: '^(?:packages|apps)/[^/]+/src/', pathNot: '^packages/host/src/|^apps/[^/]+/src/store/' },
      to: { path: '(?:^|/)node_modules/better-sqlite3/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-main-composes',
      severity: 'error',
      comment:
        'main.ts, compose.ts and its folder compose/ construct the real things; nothing imports them back. Take what you ' +
        'need as a parameter (a port) and let compose.ts pass it.',
      from: { path: APP_MODULES, pathNot: [COMPOSITION, '^apps/[^/]+/src/commands/'] },
      to: { path: COMPOSITION },
    },
    {
      name: 'state-is-a-pure-fold',
      severity: 'error',
      comment:
        'state/ is a pure fold over events: it takes nothing from the folders that use it. Put the decision into a ' +
        'command, and record its outcome as an event.',
      from: { path: '^packages/membership/src/state/' },
      to: {
        path: '^packages/membership/src/(?:commands|epochs|peering|standing|observations)/',
      },
    },
    {
      name: 'plan-is-pure',
      severity: 'error',
      comment:
        'The agent’s plan/ computes what should be from values alone. Pass the time and the found state in; act in ' +
        'engine/, uplink/ or guard/.',
      from: { path: '^apps/node-agent/src/plan/' },
      to: {
        path: '^apps/node-agent/src/(?:uplink|guard|engine|measure|commands)/|^(?:node:)?(?:fs|net|http|https|tls|child_process)',
      },
    },
    {
      name: 'plan-is-pure',
      severity: 'error',
      comment:
        'The agent’s plan/ takes only types from the packages that act on the host. Take the value from a pure package, or ' +
        'move the function down into one.',
      from: { path: '^apps/node-agent/src/plan/' },
      to: { path: '^packages/(?:wg-device|host)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'routes-call-commands',
      severity: 'error',
      comment:
        'A route parses, calls one command and answers. Move the database access into a command or a store.',
      from: { path: '^apps/controller/src/http/' },
      to: {
        path: '^apps/controller/src/store/|(?:^|/)node_modules/better-sqlite3/',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'no-deep-imports',
      severity: 'error',
      comment:
        'Import a package by its name; what its index.ts does not export is not public. Export it there if it should be.',
      // A fault imports what it replaces by its own path.
      from: { path: '^((?:packages|apps)/[^/]+|e2e|demo|bench)/', pathNot: '^e2e/faults/' },
      to: {
        path: '^packages/[^/]+/src/',
        pathNot: ['^$1/', '^packages/[^/]+/src/index[.]ts$', '^packages/wg-device/src/contract/index[.]ts$'],
      },
    },
    {
      name: 'no-tests-in-src',
      severity: 'error',
      comment: 'src/ is exactly what ships. Move the shared piece into src/, or the caller into test/.',
      from: { path: '^(?:packages|apps)/[^/]+/src/' },
      to: { path: '/test/' },
    },
    {
      name: 'shipped-code-declares-its-dependencies',
      severity: 'error',
      comment:
        'Shipped code may use only what its own package.json lists under "dependencies" (the private @mesh/host is ' +
        'bundled into the apps). Add it there with its exact version.',
      from: { path: '^(?:packages|apps)/[^/]+/src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        dependencyTypesNot: ['type-only', 'npm'],
      },
    },
  ],
  options: {
    // Of what is installed only the first step in is looked at.
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|/test/fixtures/|tsup[.]config[.]ts$|^tsup[.]base[.]ts$' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    moduleSystems: ['es6', 'cjs'],
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      // Sources, not builds: a stale dist can neither hide nor invent a dependency.
      conditionNames: ['@mesh/source', 'import', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};
