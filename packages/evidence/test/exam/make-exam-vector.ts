// Makes vectors/exam-proof-signed.json. Run it only for a new format: files that were made before must
// verify.

import { renderVerifierKey } from '@mesh/audit';
import { renderExamFile } from '../../src/index.ts';
import { logKey, logKeyWithTime, MeshTree, witnesses } from '../support/mesh-log.ts';
import { examFile, examStory } from './exam-story.ts';

/** The text of the vector. */
export function examVectorText(): string {
  const story = examStory();
  const tree = new MeshTree(story.log);
  const checkpoint = tree.head(undefined, undefined, [logKey, logKeyWithTime, ...witnesses]);
  const vector = {
    source: 'packages/evidence/test/exam/make-exam-vector.ts',
    log_keys: [logKey, logKeyWithTime].map(({ key }) => renderVerifierKey(key)),
    witness_keys: witnesses.map(({ key }) => renderVerifierKey(key)),
    checkpoint,
    file: renderExamFile(examFile(story, { checkpoint, extends: tree.linkTo(5) })),
    smaller_checkpoint: tree.head(5, undefined, [logKey, logKeyWithTime]),
  };
  return `${JSON.stringify(vector, null, 2)}\n`;
}
