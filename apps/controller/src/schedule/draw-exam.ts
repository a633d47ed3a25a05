// Draws an exam from what the mesh knows: who examines a node, and with which items of the pool.

import { challengeDigest, drawExam } from '@mesh/harness';
import type { DrawExam, ExamChallenge } from '@mesh/membership';
import { decodeBase64, fromHex, type MeshId, toHex } from '@mesh/primitives';

const CHALLENGE_LENGTH_BYTES = 32;

export function newChallenge(randomBytes: (length: number) => Uint8Array): ExamChallenge {
  const challenge = randomBytes(CHALLENGE_LENGTH_BYTES);
  return { challenge: toHex(challenge), sha256: challengeDigest(challenge) };
}

/** The draws of a mesh. */
export function drawWith(meshId: MeshId): DrawExam {
  return ({ pool, live, challenge, head, nodeId, epochId, rule, eligible }) => {
    const { examId, assignments } = drawExam({
      meshId,
      nodeId,
      epochId,
      challenge: fromHex(challenge.challenge),
      head: { size: head.size, root: decodeBase64(head.rootHash) },
      poolRoot: decodeBase64(pool.root),
      pairs: pool.pairs,
      live,
      eligible,
      examiners: rule.examiners,
      items: rule.items,
    });
    const asked = assignments.filter(({ items }) => items.length > 0);
    if (asked.length === 0) return undefined;
    return { examId, assignments: asked.map(({ examinerId, items }) => ({ examiner: examinerId, items })) };
  };
}
