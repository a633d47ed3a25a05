// The configuration that `mesh-witness init` writes where there is none. Pure.

import type { WitnessConfig } from './config.ts';

/** The text of the file, in YAML. JSON's strings are YAML too. */
export function renderFirstConfig({
  name,
  data_dir,
  listen,
}: Pick<WitnessConfig, 'name' | 'data_dir' | 'listen'>): string {
  return `# A witness of transparency logs. mesh-witness configtest checks this file and shows every setting.
# It is read at start: restart the witness after a change.

# The name in its cosignatures. Logs and verifiers know it with its keys: it cannot be changed later.
name: ${JSON.stringify(name)}

# Keys, database and evidence. Never restore an old copy of it: a witness that forgets may sign a fork.
data_dir: ${JSON.stringify(data_dir)}

# Plain HTTP. A web server in front of it does TLS; name its address in trusted_proxies.
listen: { host: ${JSON.stringify(listen.host)}, port: ${listen.port} }
#trusted_proxies: ["127.0.0.1"]

# The logs that it follows, each with the first line of its checkpoints and its keys.
logs: []
#logs:
#  - origin: "mesh.example.org/log"
#    keys: ["mesh.example.org/log+0123abcd+AS…"]

#limits: { address_per_minute: 600, log_per_minute: 60 }
#log_level: info
`;
}
