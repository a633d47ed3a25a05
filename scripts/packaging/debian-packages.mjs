// The Debian packages: what each is called, needs and says of itself.

/**
 * @typedef {object} DebianPackage
 * @property {string} name
 * @property {string} app The folder in apps/ whose program it holds.
 * @property {string} program The command.
 * @property {string | undefined} unit Its service, without `.service`; undefined where nothing is served.
 * @property {readonly string[]} depends
 * @property {readonly string[]} recommends
 * @property {readonly string[]} suggests
 * @property {readonly string[]} natives npm packages with native code, which no bundle can hold.
 * @property {Readonly<Record<string, string>>} conffiles Path in the package → file in packaging/conffiles.
 * @property {readonly string[]} beforeStop Lines of its prerm, before its service is stopped for good.
 * @property {readonly string[]} onPurge Lines of its postrm.
 * @property {string} summary
 * @property {string} description
 */

/**
 * What its Node and the prebuilt native modules are linked to: Debian 12, Ubuntu 22.04 and newer have them.
 */
const LIBRARIES = ['libc6 (>= 2.34)', 'libgcc-s1 (>= 3.4)', 'libstdc++6 (>= 11)'];
/** As dh_installsysusers and dh_installtmpfiles write it. */
const SYSTEM_USERS = [
  'systemd | systemd-standalone-sysusers | systemd-sysusers',
  'systemd | systemd-standalone-tmpfiles | systemd-tmpfiles',
];

/** @param {readonly string[]} folders */
const keptOnPurge = (folders) => [
  `for folder in ${folders.join(' ')}; do`,
  '    if [ -e "$folder" ]; then',
  '      echo "$folder is kept: it holds what nobody can make again. Delete it yourself if it is to go." >&2',
  '    fi',
  '  done',
];

/** @type {readonly DebianPackage[]} */
export const DEBIAN_PACKAGES = [
  {
    name: 'aligned-mesh-controller',
    app: 'controller',
    program: 'mesh-controller',
    unit: 'mesh-controller',
    // Its unit is reloaded with /bin/kill.
    depends: [...LIBRARIES, ...SYSTEM_USERS, 'procps'],
    recommends: ['meshctl'],
    suggests: [],
    natives: ['better-sqlite3', 'sodium-native'],
    conffiles: {},
    beforeStop: [],
    onPurge: keptOnPurge(['/etc/aligned-mesh', '/var/lib/aligned-mesh']),
    summary: 'controller of a WireGuard mesh whose members behave well',
    description:
      'Judges what the nodes of an Aligned Mesh measure of themselves and of each other, hands out the keys of every ' +
      'epoch, and keeps each decision in an append-only log.',
  },
  {
    name: 'aligned-mesh-agent',
    app: 'node-agent',
    program: 'mesh-agent',
    unit: 'mesh-agent',
    depends: [...LIBRARIES, ...SYSTEM_USERS, 'iproute2', 'nftables', 'wireguard-tools'],
    recommends: [],
    suggests: ['wireguard-go'],
    natives: ['better-sqlite3'],
    conffiles: { 'etc/mesh-agent.yaml': 'mesh-agent.yaml' },
    // Otherwise its tunnels would stay open until the end of their lease, and nobody would be left to close
    // them.
    beforeStop: [
      'if [ -e /var/lib/mesh-agent/enrolment.json ]; then',
      '    setpriv --reuid=mesh-agent --regid=mesh-agent --init-groups --inh-caps=+net_admin --ambient-caps=+net_admin \\',
      '      mesh-agent down --config /etc/mesh-agent.yaml || true',
      '  fi',
    ],
    onPurge: ['rm -rf /var/lib/mesh-agent /run/mesh-agent'],
    summary: 'node of a WireGuard mesh whose members behave well',
    description:
      'Measures how the service on this node behaves, signs the result for the controller of an Aligned Mesh, and drives ' +
      "the node's WireGuard tunnels as the controller decides.",
  },
  {
    name: 'aligned-mesh-witness',
    app: 'witness',
    program: 'mesh-witness',
    unit: 'mesh-witness',
    depends: [...LIBRARIES, ...SYSTEM_USERS],
    recommends: [],
    suggests: [],
    natives: ['better-sqlite3'],
    conffiles: {},
    beforeStop: [],
    onPurge: keptOnPurge(['/var/lib/mesh-witness']),
    summary: 'witness of transparency logs',
    description:
      'Cosigns the heads of transparency logs, such as that of an Aligned Mesh, as long as they only grow: whoever demands ' +
      'its cosignature sees the same log as everybody else who does.',
  },
  {
    name: 'meshctl',
    app: 'cli',
    program: 'meshctl',
    unit: undefined,
    depends: LIBRARIES,
    recommends: [],
    suggests: ['bash-completion'],
    natives: [],
    conffiles: {},
    beforeStop: [],
    onPurge: [],
    summary: 'operate the controller of an Aligned Mesh',
    description:
      'Shows the nodes of an Aligned Mesh and why each is in or out, changes policy and membership, and proves decisions ' +
      'from the log, at the controller itself or over the network.',
  },
];

/** The folder of a package's program, its Node and its native modules. @param {DebianPackage} debian */
export const libraryFolder = ({ name }) => `usr/lib/${name}`;

/** How Debian names what Node calls `process.arch`. @type {Readonly<Record<string, string>>} */
export const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
