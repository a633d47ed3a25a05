// The pictures of docs/concepts.
import { drawPicture } from './draw-picture.mjs';

/** @returns {{ path: string, text: string }[]} with the path from the root of the repository */
export function conceptPictures() {
  return Object.entries(PICTURES).map(([name, picture]) => ({
    path: `docs/concepts/${name}.svg`,
    text: drawPicture(picture),
  }));
}

/** @type {Record<string, Parameters<typeof drawPicture>[0]>} */
const PICTURES = {
  score: {
    title:
      'Answers become a score, a score and the policy become a decision, a decision opens or closes tunnels',
    boxes: {
      service: { at: [0, 0], lines: ['chat service'] },
      agent: { at: [1, 0], lines: ['agent', 'grades and signs'] },
      controller: { at: [2, 0], lines: ['controller', 'policy → decision'] },
      peers: { at: [3, 0], lines: ['other nodes', 'keep or remove the peer'] },
      log: { at: [2, 1], lines: ['log', 'decision and reason'] },
    },
    arrows: [
      ['service', 'agent', 'answers'],
      ['agent', 'controller', 'scores'],
      ['controller', 'peers', 'config'],
      ['controller', 'log', 'one transaction'],
    ],
  },
  lease: {
    title: 'An answer of the controller gives a node a lease; each epoch gives each pair a new key',
    boxes: {
      epoch: { at: [0, 0], lines: ['epoch N', 'keys of N'] },
      next: { at: [1, 0], lines: ['epoch N + 1', 'keys of N + 1'] },
      later: { at: [2, 0], lines: ['epoch N + 2', 'keys of N + 2'] },
      answer: { at: [0, 1], lines: ['answer of the', 'controller'] },
      lease: { at: [1, 1], lines: ['lease', 'counts down'] },
      closed: { at: [2, 1], lines: ['kernel closes', 'the overlay'] },
    },
    arrows: [
      ['epoch', 'next', 'boundary'],
      ['next', 'later', 'boundary'],
      ['answer', 'lease', 'renews'],
      ['lease', 'closed', 'no answer'],
    ],
  },
  decide: {
    title:
      'Results decide by themselves; an operator can cut alone; officers together can do what weakens the mesh',
    boxes: {
      result: { at: [0, 0], lines: ['result of a node'] },
      operator: { at: [0, 1], lines: ['one operator'] },
      officers: { at: [0, 2], lines: ['several officers', 'sign together'] },
      policy: { at: [1, 0], lines: ['policy in force'] },
      quarantine: { at: [1, 1], lines: ['quarantine, release', 'stricter policy'] },
      revoke: { at: [1, 2], lines: ['revoke, weaker policy', 'end the brake'] },
    },
    arrows: [
      ['result', 'policy', 'by itself'],
      ['operator', 'quarantine', 'at once'],
      ['officers', 'revoke', 'a request'],
    ],
  },
  log: {
    title:
      'Every event is a leaf of a tree; the controller signs its head; witnesses and nodes hold it to that',
    boxes: {
      event: { at: [0, 0], lines: ['event', 'cut, admission, …'] },
      tree: { at: [1, 0], lines: ['Merkle tree', 'only grows'] },
      head: { at: [2, 0], lines: ['signed head', 'size and root'] },
      witness: { at: [3, 0], lines: ['witness', 'cosigns'] },
      node: { at: [2, 1], lines: ['node', 'refuses another past'] },
      owner: { at: [1, 1], lines: ['proof file', 'for anybody'] },
    },
    arrows: [
      ['event', 'tree', 'leaf'],
      ['tree', 'head', 'at an epoch'],
      ['head', 'witness', 'must follow'],
      ['head', 'node', 'in its config'],
      ['tree', 'owner', 'a path'],
    ],
  },
  exam: {
    title: 'A draw that nobody chooses gives sealed items to examiners; their grades are compared and judged',
    boxes: {
      pool: { at: [0, 0], lines: ['sealed pool', 'root in the log'] },
      draw: { at: [1, 0], lines: ['draw', 'challenge and head'] },
      examiners: { at: [2, 0], lines: ['examiners', 'ask, commit, grade'] },
      service: { at: [3, 0], lines: ['examined service'] },
      verdict: { at: [2, 1], lines: ['compared', 'outvoted or counted'] },
    },
    arrows: [
      ['pool', 'draw', 'items'],
      ['draw', 'examiners', 'assignment'],
      ['examiners', 'service', 'questions'],
      ['examiners', 'verdict', 'signed grades'],
    ],
  },
};
