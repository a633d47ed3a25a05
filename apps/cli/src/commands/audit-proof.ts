// meshctl audit prove and audit verify: a decision on a node in one file, and its verification without the
// controller.

import { AuditError, parseCheckpoint, parseNote } from '@mesh/audit';
import {
  EvidenceError,
  MAX_PROOF_FILE_BYTES,
  type ProofReport,
  type ProofTrust,
  parseProofFile,
  verifyProof,
} from '@mesh/evidence';
import { formatRfc3339 } from '@mesh/primitives';
import type { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { wholeNumber } from '../options.ts';
import type { Ports } from '../ports.ts';
import { describeSteps, stepsOf } from '../proof-steps.ts';
import { checkpointIn, keyOf, type TrustFlags, trustOf, withTrustOptions } from '../proof-trust.ts';
import { renderJson, withSession } from '../session.ts';

interface ProveFlags {
  readonly out: string;
  readonly epoch?: number;
  readonly denial?: boolean;
  readonly seen?: string;
}

export function addProofCommands(audit: Command, ports: Ports): void {
  audit
    .command('prove')
    .description('one file that shows a decision on a node to whoever has no controller')
    .argument('<node>', 'the node, also one that was revoked or deleted')
    .requiredOption('-o, --out <file>', 'the new file')
    .option('--epoch <id>', 'the decision that held in this epoch (default: the newest)', wholeNumber)
    .option('--denial', 'the newest decision that cut the node: to show to its owner')
    .option('--seen <file>', 'a checkpoint that the reader has: the file links its head to that one')
    .action((node: string, flags: ProveFlags, command: Command) =>
      withSession(command, ports, async ({ client, json }) => {
        const { epoch, denial } = flags;
        const seen = flags.seen === undefined ? undefined : checkpointIn(flags.seen, ports);
        const text = await client.proof(node, {
          epoch,
          denial,
          seen: seen === undefined ? undefined : sizeOf(seen),
        });
        const { origin, verifier_keys: keys } = await client.logKey();
        const trust = { origin, logKeys: keys.map((key) => keyOf(key)), required: 0, seen };
        await ports.createFile(flags.out, text);
        show(reportOn(text, flags.out, trust), flags.out, json, ports);
      }),
    );
  withTrustOptions(
    audit
      .command('verify')
      .description('verifies such a file, without a controller, and takes the decision again')
      .argument('<file>', 'from: meshctl audit prove'),
  ).action((path: string, flags: TrustFlags, command: Command) => {
    const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
    const report = reportOn(ports.readDocument(path, MAX_PROOF_FILE_BYTES), path, trustOf(flags, ports));
    show(report, path, json, ports);
  });
}

/** Of the tree. Whether it is one of the log's, the verification says. */
function sizeOf(checkpoint: string): number {
  try {
    return parseCheckpoint(parseNote(checkpoint).text).size;
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    throw new CliError('usage', `--seen: the file is no checkpoint of a log: ${error.message}`, {
      cause: error,
    });
  }
}

function reportOn(text: string, path: string, trust: ProofTrust): ProofReport {
  try {
    return verifyProof(parseProofFile(text), trust);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new CliError('refuted', `${path}: ${error.message}`, { cause: error });
  }
}

/** @throws CliError `refuted`, `incomplete`: the exit code; the report is written before */
function show(report: ProofReport, path: string, json: boolean, ports: Ports): void {
  ports.writeOut(json ? renderJson(wireOf(report, path)) : describe(report));
  if (report.verdict === 'refuted')
    throw new CliError('refuted', `${path} does not show the decision: keep it, and ask whoever made it`);
  if (report.verdict === 'incomplete')
    throw new CliError('incomplete', `${path} shows a part: nothing contradicts it, and the rest is gone`);
}

function wireOf({ verdict, steps, decision }: ProofReport, file: string): object {
  return {
    file,
    verdict,
    decision:
      decision === undefined
        ? null
        : {
            node_id: decision.nodeId,
            index: decision.index,
            at: formatRfc3339(decision.atMs),
            type: decision.type,
            epoch_id: decision.epochId ?? null,
            reason_code: decision.reasonCode ?? null,
          },
    steps: stepsOf(steps),
  };
}

function describe({ verdict, steps, decision }: ProofReport): string {
  const what =
    decision === undefined
      ? []
      : [
          `${decision.type} of ${decision.nodeId} at ${formatRfc3339(decision.atMs)}, entry ${decision.index} of the log`,
        ];
  return describeSteps(what, steps, verdict);
}
