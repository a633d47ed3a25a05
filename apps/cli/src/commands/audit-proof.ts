// meshctl audit prove and audit verify: a decision on a node in one file, and its verification without the
// controller.

import { AuditError, parseCheckpoint, parseNote } from '@mesh/audit';
import {
  type ComparedAnswer,
  EvidenceError,
  MAX_PROOF_FILE_BYTES,
  type ProofFile,
  type ProofReport,
  parseProofFile,
  verifyProof,
} from '@mesh/evidence';
import { formatRfc3339 } from '@mesh/primitives';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { wholeNumber } from '../options/options.ts';
import type { Ports } from '../ports/ports.ts';
import { describeSteps, stepsOf } from '../proofs/proof-steps.ts';
import { checkpointIn, keyOf, type TrustFlags, trustOf, withTrustOptions } from '../proofs/proof-trust.ts';
import { renderJson, withSession } from '../session/session.ts';
import { comparedWire, compareWith, describeCompared, keptIn } from './audit-told.ts';

/** An agent keeps 512 lines at most, of 128 KiB at most. */
const MAX_TOLD_BYTES = 67_108_864;

interface ProveFlags {
  readonly out: string;
  readonly epoch?: number;
  readonly denial?: boolean;
  readonly seen?: string;
}

interface VerifyFlags extends TrustFlags {
  readonly told?: string;
}

export function addProofCommands(audit: Command, ports: Ports): void {
  audit
    .command('prove')
    .description('one file that proves a decision on a node without the controller')
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
        const file = fileIn(text, flags.out);
        show(verifyProof(file, trust), [], flags.out, json, ports);
      }),
    );
  withTrustOptions(
    audit
      .command('verify')
      .description(
        'verifies such a file, without a controller, and takes the decision again (the whole database: mesh-controller verify, on the machine of the controller)',
      )
      .argument('<file>', 'from: meshctl audit prove'),
  )
    .option('--told <file>', 'what the node has kept of what it was told: told.jsonl of its agent')
    .action((path: string, flags: VerifyFlags, command: Command) => {
      const json = command.optsWithGlobals<{ json?: boolean }>().json === true;
      const { told } = flags;
      const kept = told === undefined ? undefined : keptIn(ports.readDocument(told, MAX_TOLD_BYTES), told);
      const file = fileIn(ports.readDocument(path, MAX_PROOF_FILE_BYTES), path);
      const report = verifyProof(file, trustOf(flags, ports));
      show(report, compareWith(kept, file, report), path, json, ports);
    });
}

/** Of the tree. The verification says whether it is one of the log's. */
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

function fileIn(text: string, path: string): ProofFile {
  try {
    return parseProofFile(text);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new CliError('refuted', `${path}: ${error.message}`, { cause: error });
  }
}

/** @throws CliError `refuted`, `incomplete`: the exit code; the report is written before */
function show(
  report: ProofReport,
  compared: readonly ComparedAnswer[],
  path: string,
  json: boolean,
  ports: Ports,
): void {
  ports.writeOut(
    json
      ? renderJson({ ...wireOf(report, path), kept: compared.map(comparedWire) })
      : describe(report, compared),
  );
  if (report.verdict === 'refuted')
    throw new CliError(
      'refuted',
      `${path} does not show the decision: keep it, and ask the person who made it`,
    );
  if (report.verdict === 'incomplete')
    throw new CliError('incomplete', `${path} shows a part: nothing contradicts it, and the rest is gone`);
}

function wireOf({ verdict, steps, decision, told = [] }: ProofReport, file: string): object {
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
    told: told.map((one) => ({
      epoch_id: one.epochId,
      sent_at: formatRfc3339(one.sentAtMs),
      kind: one.kind,
      version: one.version,
      allowed: one.allowed ?? null,
      reason_code: one.reasonCode ?? null,
      sha256: one.sha256,
    })),
  };
}

function describe(
  { verdict, steps, decision, told = [] }: ProofReport,
  compared: readonly ComparedAnswer[],
): string {
  const what =
    decision === undefined
      ? []
      : [
          `${decision.type} of ${decision.nodeId} at ${formatRfc3339(decision.atMs)}, entry ${decision.index} of the log`,
        ];
  const answers = told.map(
    ({ epochId, sentAtMs, kind, allowed, reasonCode, sha256 }) =>
      `told     epoch ${epochId}, ${formatRfc3339(sentAtMs)}, ${kind}${allowed === undefined ? '' : allowed ? ', in' : `, out: ${reasonCode ?? 'no reason'}`}, SHA-256 ${sha256}`,
  );
  return describeSteps(what, steps, verdict, [...answers, ...describeCompared(compared)]);
}
