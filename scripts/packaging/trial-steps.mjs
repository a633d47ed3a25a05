// What is done with the Debian packages in a system of their own, and what has to be true after each step. A
// step is a script; it fails where one of its commands does.

/**
 * @typedef {object} TrialStep
 * @property {string} claim
 * @property {string} script
 */

const SERVICES = ['mesh-controller', 'mesh-agent', 'mesh-witness'];
const PACKAGES = ['aligned-mesh-controller', 'aligned-mesh-agent', 'aligned-mesh-witness', 'meshctl'];
const ALL = PACKAGES.join(' ');

/**
 * A list of what a mesh cannot lose, with its owners, modes and contents. SQLite makes and removes the files
 * beside its database when it is opened and closed.
 */
const FOUND =
  "find /etc/aligned-mesh /var/lib/aligned-mesh /var/lib/mesh-agent ! -name '*-wal' ! -name '*-shm'";
const DATA = `${FOUND} -printf '%p %M %u %g\\n' | sort
${FOUND} -type f -exec sha256sum {} + | sort`;

/** @type {readonly TrialStep[]} */
export const TRIAL_STEPS = [
  {
    claim: 'the older version installs, makes its users and folders, and enables no service',
    script: `dpkg -i /debs/old/*.deb
      test "$(stat -c '%a %U' /etc/aligned-mesh /var/lib/aligned-mesh /var/lib/mesh-agent /var/lib/mesh-witness | tr '\\n' ' ')" = \\
        '750 mesh 700 mesh 700 mesh-agent 700 mesh-witness '
      for unit in ${SERVICES.join(' ')}; do test "$(systemctl is-enabled $unit)" = disabled; done`,
  },
  {
    claim: 'the packages declare all that they need',
    script: `dpkg --audit; test -z "$(dpkg --audit)"
      for program in mesh-controller mesh-agent mesh-witness meshctl; do $program --version; done
      test -z "$(command -v node)"`,
  },
  {
    claim: 'the units are sound, with their programs and users in place',
    script: `for unit in ${SERVICES.join(' ')}; do
        systemd-analyze verify --man=no /usr/lib/systemd/system/$unit.service >/tmp/verified 2>&1 || { cat /tmp/verified; exit 1; }
        # Settings that an older systemd does not know are reported and ignored.
        grep -v 'Restart\\(Steps\\|MaxDelaySec\\)' /tmp/verified | grep "$unit" && exit 1 || true
      done`,
  },
  {
    claim: 'manual pages and completions are found',
    script: `for page in mesh-controller mesh-agent mesh-witness meshctl meshctl-nodes-list; do man -w $page; done
      test "$(zcat "$(man -w mesh-agent)" | grep -c '^.SH NAME')" = 1
      grep -q meshctl /usr/share/bash-completion/completions/meshctl
      bash -n /usr/share/bash-completion/completions/meshctl
      grep -q '^#compdef meshctl' /usr/share/zsh/vendor-completions/_meshctl
      grep -q 'complete -c meshctl' /usr/share/fish/vendor_completions.d/meshctl.fish`,
  },
  {
    claim: 'a mesh is made, and the administrator changes a setting and enables the services',
    script: `setpriv --reuid=mesh --regid=mesh --init-groups mesh-controller init \\
        --config /etc/aligned-mesh/controller.yaml --name mesh.example.org
      echo 'listen_port: 51999' >> /etc/mesh-agent.yaml
      setpriv --reuid=mesh-agent --regid=mesh-agent --init-groups sh -c 'umask 077; echo kept > /var/lib/mesh-agent/state'
      systemctl enable mesh-controller mesh-agent
      { ${DATA}; } > /tmp/data-before`,
  },
  {
    claim: 'an upgrade keeps the changed settings and the data, and leaves the services as they were',
    script: `dpkg --force-confold -i /debs/new/*.deb < /dev/null
      grep -q 'listen_port: 51999' /etc/mesh-agent.yaml
      { ${DATA}; } > /tmp/data-after
      diff /tmp/data-before /tmp/data-after
      test "$(systemctl is-enabled mesh-controller mesh-agent mesh-witness | tr '\\n' ' ')" = 'enabled enabled disabled '
      setpriv --reuid=mesh --regid=mesh --init-groups mesh-controller verify --config /etc/aligned-mesh/controller.yaml`,
  },
  {
    claim: 'what is installed is what the packages hold, and configuring them again changes nothing',
    script: `test -z "$(dpkg -V ${ALL} | grep -v ' c /etc/mesh-agent.yaml$')"
      for package in ${PACKAGES.slice(0, 3).join(' ')}; do
        for version in '' 0.0.1; do
          DPKG_MAINTSCRIPT_PACKAGE=$package DPKG_MAINTSCRIPT_NAME=postinst /var/lib/dpkg/info/$package.postinst configure $version
        done
      done
      { ${DATA}; } | diff /tmp/data-after -
      test "$(systemctl is-enabled mesh-controller mesh-agent mesh-witness | tr '\\n' ' ')" = 'enabled enabled disabled '`,
  },
  {
    claim: 'removing takes the programs away and keeps settings and data',
    script: `dpkg --remove ${ALL}
      for program in mesh-controller mesh-agent mesh-witness meshctl; do test -z "$(command -v $program)"; done
      test ! -e /usr/lib/aligned-mesh-agent
      grep -q 'listen_port: 51999' /etc/mesh-agent.yaml
      { ${DATA}; } | diff /tmp/data-after -`,
  },
  {
    claim: 'installing again goes on where it was, with the services enabled that were',
    script: `dpkg --force-confold -i /debs/new/*.deb < /dev/null
      { ${DATA}; } | diff /tmp/data-after -
      test "$(systemctl is-enabled mesh-controller mesh-agent mesh-witness | tr '\\n' ' ')" = 'enabled enabled disabled '`,
  },
  {
    claim: 'purging takes the keys of the node away, and says that it keeps those of the mesh',
    script: `dpkg --purge ${ALL} > /tmp/purged 2>&1; cat /tmp/purged
      test ! -e /var/lib/mesh-agent && test ! -e /etc/mesh-agent.yaml
      test -s /etc/aligned-mesh/master.key && test -s /var/lib/aligned-mesh/controller.db
      for kept in /etc/aligned-mesh /var/lib/aligned-mesh; do grep -q "^$kept is kept" /tmp/purged; done`,
  },
  {
    claim: 'nothing else is left',
    script: `rm -r /etc/aligned-mesh /var/lib/aligned-mesh /var/lib/mesh-witness
      left="$(find / -xdev '(' -name 'mesh*' -o -name 'aligned-mesh*' -o -name '_meshctl*' ')' -not -path '/debs/*' -not -path '/tmp/*' -not -path '/proc/*')"
      test -z "$left" || { echo "left: $left"; exit 1; }`,
  },
];
