// Asks a running controller for proofs, and verifies them with what a stranger has: the file and the keys.

import { parseVerifierKey } from '@mesh/audit';
import { type ProofReport, type ProofTrust, parseProofFile, verifyProof } from '@mesh/evidence';
import { proveDecision } from '../../src/publish/prove-decision.ts';
import type { RunningMesh } from './running-mesh.ts';

/** Publishes everything that is on disk, and gives what a stranger trusts. */
export async function trustOf({ controller, clock }: RunningMesh): Promise<ProofTrust> {
  await clock.advance(1_000);
  const { origin, verifier_keys } = await controller.admin.logKey();
  return { origin, logKeys: verifier_keys.map(parseVerifierKey), required: 0 };
}

/** What the file of the newest decision on a node shows. */
export async function reportOf(
  mesh: RunningMesh,
  nodeId: string,
  query: { denial?: boolean; epoch?: number; seen?: number } = {},
): Promise<ProofReport> {
  const trust = await trustOf(mesh);
  return verifyProof(parseProofFile(await mesh.controller.admin.proof(nodeId, query)), trust);
}

/** What the files of all decisions that the published log has on any node show. */
export async function everyReport(mesh: RunningMesh): Promise<readonly ProofReport[]> {
  const { logKeys, ...rest } = await trustOf(mesh);
  // ML-DSA-44 takes most of the time of a verification; one file with it is enough.
  const trust = { ...rest, logKeys: logKeys.slice(0, 1) };
  const { services } = mesh.controller.running;
  const reports: ProofReport[] = [];
  for (const nodeId of new Set(
    services.searchLog({ from: 0, limit: 1_000 }).rows.map(({ entry }) => entry.node_id),
  )) {
    if (typeof nodeId !== 'string') continue;
    let before = services.publishedLog.head().size;
    for (;;) {
      const find: typeof services.decisionEntries.find = (query) =>
        services.decisionEntries.find({ ...query, before: Math.min(before, query.before) });
      const ports = {
        ...services,
        decisionEntries: { find, groundsOf: (index: number) => services.decisionEntries.groundsOf(index) },
      };
      const text = proveDecision(ports, { nodeId: nodeId as never, denial: false });
      if (text === undefined) break;
      const file = parseProofFile(text);
      reports.push(verifyProof(file, trust));
      before = file.decision;
    }
  }
  return reports;
}
