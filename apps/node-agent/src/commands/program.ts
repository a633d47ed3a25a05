// The command line: the names, the help texts, and which function does the work. Commands print through
// `write`.

import { CHAT_APIS } from '@mesh/harness';
import { Command, Option } from 'commander';
import { common } from './common-options.ts';
import { runConfigtest } from './configtest.ts';
import { runDoctor } from './doctor.ts';
import { type CommandIo, runDown } from './down.ts';
import { runEnrol } from './enrol.ts';
import { EXIT_CODES_HELP } from './exit-code.ts';
import { runLogAccept } from './log-accept.ts';
import { runPing } from './ping.ts';
import { addReceiptsCommand } from './receipts-command.ts';
import { runRotateKeys } from './rotate-keys.ts';
import { MAP_OPTION, SOURCE_KINDS_HELP, SOURCE_MODEL_OPTION } from './source-flags.ts';
import { sourcesCommand } from './sources.ts';
import { runStatus } from './status.ts';
import { suiteCommand } from './suite.ts';
import { runUp } from './up.ts';

const AFTER_HELP = `${EXIT_CODES_HELP}

Every setting can also be given in a file (--config) or in the environment as MESH_AGENT_…, for example
MESH_AGENT_STATE_DIR or MESH_AGENT_MEASURE_SOURCE; flags win over the environment, the environment over the file.`;

export function createProgram(io: CommandIo, version: string): Command {
  const program = new Command('mesh-agent')
    .description(
      'Keeps this node in an Aligned Mesh: measures its behaviour, submits the signed result, and drives WireGuard',
    )
    .version(version)
    .addHelpText('after', AFTER_HELP)
    .showHelpAfterError('(mesh-agent --help shows what there is)')
    .exitOverride()
    .configureOutput({ writeOut: io.write, writeErr: io.writeError });

  common(program.command('enrol'))
    .description('make this node a member: keys, certificate, overlay address')
    .requiredOption('--controller <url>', "the controller's public listener, https://host:port")
    .requiredOption('--node-id <id>', 'the name of this node in the mesh')
    .requiredOption('--token-file <path>', 'a file (mode 0600) with the join token; - reads standard input')
    .option('--listen-port <port>', "WireGuard's UDP port")
    .option('--advertise <address...>', 'IP addresses under which peers reach this node')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Run it again after a lost answer: the same token and keys give the same result.

Examples:
  $ meshctl tokens create --node-id node-a > token && chmod 600 token
  $ mesh-agent enrol --controller https://mesh.example.org:8444 --node-id node-a --token-file token
  $ meshctl tokens create --node-id node-a | mesh-agent enrol --controller https://mesh.example.org:8444 --node-id node-a --token-file -`,
    )
    .action((flags) => runEnrol(flags, io));

  common(program.command('up'))
    .description('run the agent in the foreground')
    .argument('[command...]', 'after --: measure by running this; it prints {"scores": {"overall": …}}')
    .option('--interface <name>', 'the WireGuard interface, at most 13 characters')
    .addOption(
      new Option('--tunnel <kind>', 'how to drive it').choices(['auto', 'kernel', 'userspace', 'dry-run']),
    )
    .option('--dry-run', 'print what would be done to the interface and touch nothing')
    .option('--listen-port <port>', "WireGuard's UDP port")
    .option('--advertise <address...>', 'IP addresses under which peers reach this node')
    .option('--canary-endpoint <url>', 'measure this chat service')
    .option('--canary-suite <file>', 'the prompts for it (YAML)')
    .option('--canary-model <name>', 'the model to ask for')
    .addOption(new Option('--canary-api <kind>', 'how it is asked (default openai)').choices(CHAT_APIS))
    .option('--canary-api-key-file <path>', 'a file (mode 0600) with the API key of that service')
    .option('--canary-ca-file <path>', 'its CA, in PEM, if no public CA certifies it')
    .option('--benchmark-file <path>', 'measure by reading this file')
    .option('--benchmark-url <url>', 'measure by fetching this URL')
    .option('--benchmark-url-api-key-file <path>', 'a file (mode 0600) with the bearer token for it')
    .option('--benchmark-url-ca-file <path>', 'its CA, in PEM, if no public CA certifies it')
    .option(
      '--source <kind:place>',
      `measure by a result file, KIND:FILE, by attestation:FILE, or by prometheus:URL; ${SOURCE_KINDS_HELP}`,
    )
    .option(...MAP_OPTION)
    .option(...SOURCE_MODEL_OPTION)
    .option('--interval <seconds>', 'time between measurements')
    .addOption(
      new Option(
        '--on-controller-loss <what>',
        'when the lease ends without hearing from the controller',
      ).choices(['close', 'hold']),
    )
    .addOption(
      new Option(
        '--guard <what>',
        'what closes the overlay when the agent dies (default auto: nftables where it is available)',
      ).choices(['auto', 'nftables']),
    )
    .option('--insecure-no-guard', 'no guard: the tunnels of a killed agent stay open beyond their lease')
    .addOption(
      new Option(
        '--route-overlap <what>',
        'when another route or address of this host takes a part of the overlay: route each peer, or keep all peers off',
      ).choices(['host-routes', 'refuse']),
    )
    .addOption(
      new Option('--log-level <level>').choices(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    )
    .addOption(new Option('--insecure-test-clock').hideHelp())
    .addHelpText(
      'after',
      `
A chat service is asked at temperature 0 for at most 1024 tokens (max_tokens). measure.canary.request, in the file or as
MESH_AGENT_MEASURE_CANARY_REQUEST in the environment (JSON), overrides and adds fields; null leaves one out:
  canary: { request: { max_tokens: null, max_completion_tokens: 2048, temperature: 1 } }
Key and CA are read again for each run.

SIGTERM and SIGINT stop the agent and leave the interface up: a restart drops no tunnel. "mesh-agent down" tells the
controller goodbye and removes the interface.

Examples:
  $ mesh-agent up --canary-endpoint http://127.0.0.1:8000 --canary-suite canary.yaml
  $ mesh-agent up --canary-endpoint https://llm.internal/v1 --canary-suite canary.yaml --canary-model m \\
      --canary-api-key-file key --canary-ca-file ca.pem
  $ mesh-agent up -- /usr/local/bin/score-me --fast
  $ mesh-agent up --source promptfoo:out.json --map overall=successes,refusal=namedScores.refusal#20
  $ mesh-agent up --dry-run --benchmark-file /var/lib/scores/latest.json`,
    )
    .action((command, flags) => runUp(command, flags, io));

  sourcesCommand(program, io);
  suiteCommand(program, io);

  common(program.command('down'))
    .description('leave the mesh for now: tell the controller, remove the interface, stop the agent')
    .option('--interface <name>', 'the interface to remove if no agent is running')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExamples:\n  $ mesh-agent down')
    .action((flags) => runDown(flags, io));

  common(program.command('status'))
    .description('what the running agent knows: standing, lease, clock, peers, last measurement')
    .option('--json', 'print everything as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ mesh-agent status
  $ mesh-agent status --json | jq '.peers[] | select(.loss > 0)'`,
    )
    .action((flags) => runStatus(flags, io));

  common(program.command('ping'))
    .description('measure a peer through its tunnel')
    .argument('<node>', "the peer's node id")
    .option('--count <n>', 'how many probes', '5')
    .option('--json', 'print the round trips as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mesh-agent ping node-b\n  $ mesh-agent ping node-b --count 20 --json',
    )
    .action((node, flags) => runPing(node, flags, io));

  common(program.command('rotate-keys'))
    .description("replace this node's own keys; the keys before are refused from then on")
    .option('--identity', 'the identity key, with a new certificate')
    .option('--wireguard', 'the WireGuard keys of both slots')
    .option('--encapsulation', "the key to which this node's keys are sealed")
    .option('--interrupt', 'replace the WireGuard key also while it carries tunnels: they break for a moment')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Without one of the first three, all of them. With strict rotation a slot waits until the other one carries the tunnels,
so this takes up to two epochs and loses no packet. With rotation in place the tunnels
move to a second port and back.

Examples:
  $ mesh-agent rotate-keys --identity
  $ mesh-agent rotate-keys --json`,
    )
    .action((flags) => runRotateKeys(flags, io));

  const log = program.command('log').description("what this node holds of the controller's log");
  common(log.command('accept'))
    .description('go on from this head of the log: after a restore, or another fork on purpose')
    .requiredOption('--size <entries>', 'how many entries it covers: the second line of the checkpoint')
    .requiredOption('--root <base64>', 'their root: the third line')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Compare the head with what the operator of the controller says, over another way than the controller itself. It prints its
newest one with: curl https://mesh.example.org:8444/v1/log/checkpoint. What was accepted before stays in log-evidence.

Examples:
  $ mesh-agent log accept --size 1204 --root 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=`,
    )
    .action((flags) => runLogAccept(flags, io));

  addReceiptsCommand(program, io);

  common(program.command('doctor'))
    .description('look for what keeps this node from its work, and say how to mend it')
    .option('--controller <url>', "before enrolment: the controller's public listener, https://host:port")
    .option('--token-file <path>', 'before enrolment: the join token to check; - reads standard input')
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ mesh-agent doctor --config /etc/mesh-agent.yaml
  $ mesh-agent doctor --controller https://mesh.example.org:8444 --token-file token`,
    )
    .action((flags) => runDoctor(flags, io));

  common(program.command('configtest'))
    .description('check the settings and the files that they name, and show where each value comes from')
    .option('--json', 'print the settings as JSON')
    .addHelpText('after', '\nExamples:\n  $ mesh-agent configtest --config /etc/mesh-agent.yaml')
    .action((flags) => runConfigtest(flags, io));

  return program;
}
