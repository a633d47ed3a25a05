// `mesh-agent sources attest`: signs what a result file says about a node, as a third party.

import { createPrivateKey, sign } from 'node:crypto';
import { rawPublicKeyOf, readSecretFile } from '@mesh/host';
import { encodeBase64, formatRfc3339, parseMeshId, parseNodeId } from '@mesh/primitives';
import { signAttestation } from '@mesh/protocol';
import type { Command } from 'commander';
import { AgentError, messageOf } from '../errors/agent-error.ts';
import { common } from './common-options.ts';
import type { CommandIo } from './down.ts';
import { type ReportFlags, reportOptions, resultToSend } from './report-to-send.ts';

export interface SourcesAttestFlags extends ReportFlags {
  readonly meshId: string;
  readonly nodeId: string;
  readonly suiteVersion: string;
  readonly keyFile: string;
  readonly keyId: string;
  readonly passAt: string;
}

export function attestCommand(sources: Command, io: CommandIo): void {
  reportOptions(common(sources.command('attest')))
    .description(
      'sign what a result file says about a node, as an in-toto test result (DSSE), on standard output',
    )
    .requiredOption('--mesh-id <id>', 'the mesh of the node')
    .requiredOption('--node-id <id>', 'the node that was measured')
    .requiredOption('--suite-version <text>', 'what was measured')
    .requiredOption('--key-file <path>', 'a file (mode 0600) with an Ed25519 private key (PKCS #8, PEM)')
    .requiredOption('--key-id <name>', "the name of that key in the policy's attestors")
    .option(
      '--pass-at <score>',
      'from here a score is listed as passed, for readers other than a mesh',
      '0.7',
    )
    .addHelpText(
      'after',
      `
The node sends it with "mesh-agent up --source attestation:FILE". It counts as measured by a third party where the
policy names the key: attestors: { KEY-ID: PUBLIC-KEY }. The public key is printed on standard error.

Examples:
  $ openssl genpkey -algorithm ed25519 -out key.pem && chmod 600 key.pem
  $ mesh-agent sources attest promptfoo:out.json --map overall=successes --mesh-id demo --node-id node-a \\
      --suite-version refusals/7 --key-file key.pem --key-id lab-1 > node-a.att.json`,
    )
    .action((source, flags) => runSourcesAttest(source, flags, io));
}

/** @throws AgentError `failed` if the file does not give every score; `usage` for a flag or the key */
export async function runSourcesAttest(
  source: string | undefined,
  flags: SourcesAttestFlags,
  io: CommandIo,
): Promise<void> {
  const { meshId, nodeId } = readIds(flags);
  const passAt = Number(flags.passAt);
  if (!(passAt >= 0 && passAt <= 1)) throw new AgentError('usage', '--pass-at is a score from 0 to 1');
  const { result, measuredAtMs, evidence, model } = await resultToSend(source, flags, io);
  const key = readKey(flags.keyFile);
  let attestation: ReturnType<typeof signAttestation>;
  try {
    attestation = signAttestation(
      {
        meshId,
        nodeId,
        measuredAt: formatRfc3339(Math.floor(measuredAtMs)),
        suiteVersion: flags.suiteVersion,
        scores: result.scores,
        samples: result.samples,
        harness: evidence.harness,
        model,
        reportSha256: evidence.sha256,
      },
      { keyId: flags.keyId, sign: (message) => sign(null, message, key) },
      passAt,
    );
  } catch (error) {
    throw new AgentError('failed', `this cannot be attested: ${messageOf(error)}`, { cause: error });
  }
  io.writeError(`attestors: { ${flags.keyId}: ${encodeBase64(rawPublicKeyOf(key))} }\n`);
  io.write(`${JSON.stringify(attestation)}\n`);
}

function readIds({ meshId, nodeId, keyId }: SourcesAttestFlags) {
  try {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/.test(keyId))
      throw new Error('--key-id is 1 to 64 of A-Z, a-z, 0-9 and _.:-');
    return { meshId: parseMeshId(meshId), nodeId: parseNodeId(nodeId) };
  } catch (error) {
    throw new AgentError('usage', messageOf(error), { cause: error });
  }
}

function readKey(path: string) {
  try {
    using file = readSecretFile(path);
    const key = file.use((bytes) =>
      createPrivateKey(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
    );
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${path} holds no Ed25519 key`);
    return key;
  } catch (error) {
    throw new AgentError(
      'usage',
      `${path} cannot be used: it is to hold an Ed25519 private key in PEM (openssl genpkey -algorithm ed25519), readable by nobody else`,
      { cause: error },
    );
  }
}
