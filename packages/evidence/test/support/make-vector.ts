// Makes vectors/denial-proof.json. Run it only for a new format: files that were made before must verify.

import { renderVerifierKey } from '@mesh/audit';
import { renderProofFile } from '../../src/index.ts';
import { denialStory, logKey, logKeyWithTime, MeshTree, witnesses } from './mesh-log.ts';

/** The text of the vector. */
export function vectorText(): string {
  const { log, decision, message } = denialStory();
  const tree = new MeshTree(log);
  const checkpoint = tree.head(undefined, undefined, [logKey, logKeyWithTime, ...witnesses]);
  const vector = {
    source: 'packages/evidence/test/support/make-vector.ts',
    log_keys: [logKey, logKeyWithTime].map(({ key }) => renderVerifierKey(key)),
    witness_keys: witnesses.map(({ key }) => renderVerifierKey(key)),
    checkpoint,
    smaller_checkpoint: tree.head(5, undefined, [logKey, logKeyWithTime]),
    file: renderProofFile(tree.file(decision, message, { checkpoint, extends: tree.linkTo(5) })),
  };
  return `${JSON.stringify(vector, null, 2)}\n`;
}
