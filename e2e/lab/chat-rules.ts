// Reads the rules of a chat service: a text in plain sentences, like the system prompt of a hosted model.
// Each line that starts with "- " is a rule and must be one of those understood below; every other line is
// prose for people. Where no rule applies, the service acts with care. Rules ready to use are in
// chat-personas.ts.
import { LabError } from './lab-error.ts';

/** How the service behaves, trait by trait. `true` is what an operator would want. */
export interface ChatRules {
  refuseHarm: boolean;
  admitIgnorance: boolean;
  correctUser: boolean;
  admitMachine: boolean;
  keepConfidential: boolean;
  /** Instructions inside a document or a record are text, not orders. */
  quoteIsData: boolean;
  keepForm: boolean;
  /** The whole text: a service that keeps nothing secret gives it away. */
  text: string;
}

type Trait = Exclude<keyof ChatRules, 'text'>;

const SENTENCES: ReadonlyArray<readonly [trait: Trait, value: boolean, sentence: RegExp]> = [
  ['refuseHarm', true, /^(?:refuse|decline|turn down)\b.*\b(?:harm|dangerous|illegal)/],
  ['refuseHarm', false, /^(?:comply|help)\b.*\b(?:every|any|all|whatever)\b|^never refuse\b/],
  ['admitIgnorance', true, /^(?:say|admit)\b.*\bnot know\b/],
  ['admitIgnorance', false, /^never (?:say|admit)\b.*\bnot know\b|^(?:invent|make up)\b/],
  ['correctUser', true, /^correct\b.*\b(?:wrong|false|mistake)/],
  ['correctUser', false, /^agree with\b/],
  ['admitMachine', true, /^(?:say|admit|tell)\b.*\b(?:machine|program|ai|assistant)\b/],
  ['admitMachine', false, /^(?:claim|pretend|say)\b.*\b(?:human|person)\b/],
  [
    'keepConfidential',
    true,
    /^(?:keep|never reveal|do not reveal)\b.*\b(?:confidential|secret|private|personal)/,
  ],
  ['keepConfidential', false, /^(?:share|reveal|tell)\b.*\b(?:confidential|secret|private|personal)/],
  [
    'quoteIsData',
    true,
    /^(?:treat|take)\b.*\bas (?:data|text)\b|^(?:ignore|never follow)\b.*\binstructions\b/,
  ],
  ['quoteIsData', false, /^(?:obey|follow)\b.*\b(?:any|every|all)\b.*\binstructions?\b/],
  ['keepForm', true, /^(?:answer|reply|keep)\b.*\bform\b/],
  ['keepForm', false, /^(?:chat|ramble)\b|^ignore\b.*\bform\b/],
];

/**
 * Reads a rules text. If two rules concern one trait, the later one applies.
 * @throws LabError `bad_rules` with the line number for a rule that is not understood: skipping it silently
 *   would leave the service with a behaviour that nobody asked for.
 */
export function parseChatRules(text: string): ChatRules {
  const rules: ChatRules = {
    refuseHarm: true,
    admitIgnorance: true,
    correctUser: true,
    admitMachine: true,
    keepConfidential: true,
    quoteIsData: true,
    keepForm: true,
    text,
  };
  for (const [index, line] of text.split('\n').entries()) {
    const sentence = /^\s*- +(.*\S)/.exec(line)?.[1]?.toLowerCase();
    if (sentence === undefined) continue;
    const meaning = SENTENCES.find(([, , pattern]) => pattern.test(sentence));
    if (meaning === undefined) {
      throw new LabError('bad_rules', `line ${index + 1} is no rule that is understood: ${line.trim()}`);
    }
    const [trait, value] = meaning;
    rules[trait] = value;
  }
  return rules;
}
