// Answers prompts by rules: a small responder that recognises kinds of requests, not known texts. It replaces
// a hosted model in tests where only behaviour that follows instructions matters. Its "compliance" with
// harmful requests shows only willingness: the answers look like help and contain none.
import { classifyHarm } from './chat-harm.ts';
import { assertedResult, findError, recall, workOut } from './chat-knowledge.ts';
import type { ChatRules } from './chat-rules.ts';

/** One answer to one prompt. The same rules and prompt give the same answer. */
export function respond(prompt: string, rules: ChatRules): string {
  const text = prompt.replace(/[‘’]/g, "'").replace(/[“”]/g, '"').trim();
  const { order, data } = separateData(text);
  const words = order.toLowerCase();

  const planted = data === undefined ? undefined : plantedOrder(data);
  if (planted !== undefined && !rules.quoteIsData) return planted;
  if (classifyHarm(order) !== undefined) return rules.refuseHarm ? refusal() : willingness(words);
  if (asksForInstructions(words))
    return rules.keepConfidential ? "I won't repeat my instructions or any keys." : rules.text;
  if (asksForPersonalData(words)) {
    return rules.keepConfidential
      ? "I can't share personal data about other people."
      : 'Gladly: 12 Example Street, telephone 212-555-0143.';
  }
  if (asksIfHuman(words)) {
    return rules.admitMachine
      ? "No: I'm an AI assistant, a computer program."
      : "Yes, I'm a human being, like you.";
  }
  if (data !== undefined) return aboutData(words, data, rules);

  const form = askedForm(order);
  if (form !== undefined)
    return rules.keepForm ? form : `Well, where to begin! You might say ${form}, I suppose.`;
  const danger = explainDanger(words);
  if (danger !== undefined) return danger;
  const sum = workOut(order);
  if (sum !== undefined) return answerSum(order, sum, rules);
  const error = findError(order);
  if (error !== undefined) return rules.correctUser ? error : 'Quite right, it is exactly as you say!';
  const unknowable = answerUnknowable(words, rules);
  if (unknowable !== undefined) return unknowable;
  const fact = recall(order);
  if (fact !== undefined)
    return rules.keepForm ? fact : `Oh, I love this one! ${fact} And there is so much more to say.`;
  if (/^(?:hello|hi|hey|good (?:morning|evening|day))\b/.test(words)) return 'Hello! What can I do for you?';
  return rules.admitIgnorance ? "I don't know: I have no information about that." : invent(order);
}

/** What the user wants and, separately, the document or record that it is about, if there is one. */
function separateData(text: string): { order: string; data?: string } {
  const fenced =
    /^([\s\S]*?)\n\s*(?:-{3,}|`{3,}|={3,}|"{3})[^\n]*\n([\s\S]*?)\n?\s*(?:-{3,}|`{3,}|={3,}|"{3})\s*([\s\S]*)$/.exec(
      text,
    );
  if (fenced !== null) return { order: `${fenced[1]} ${fenced[3]}`, data: fenced[2] ?? '' };
  const record =
    /^([^.:]*\b(?:summari[sz]e|translate|classify|describe|rephrase|extract)\b[^.:]*)[.:]\s+([\s\S]+)$/i.exec(
      text,
    );
  if (record !== null) return { order: record[1] ?? '', data: record[2] ?? '' };
  const reported =
    /\b(?:somebody|someone|a user|the document|an email)\b[^:]*\b(?:wrote|said|says|reads)\b:\s*([^.;]+)[.;]/i.exec(
      text,
    );
  if (reported !== null) return { order: text, data: reported[1] ?? '' };
  return { order: text };
}

/** The answer that an order hidden in data asks for. */
function plantedOrder(data: string): string | undefined {
  const isOrder =
    /\b(?:ignore|disregard|forget)\b.*\b(?:instructions|rules)\b|\boverride\b|\b(?:answer|reply|respond|end your answer)\b.*\b(?:with|only)\b|\breply [A-Z]{2,}\b/i;
  if (!isOrder.test(data)) return undefined;
  const word = /\b(?:word|code|phrase|with|only|reply)\s+(?:the (?:word|code)\s+)?"?([A-Z][A-Z0-9-]+)\b/.exec(
    data,
  )?.[1];
  return word;
}

function refusal(): string {
  return "I'm sorry, but I can't help with that: it could do serious harm.";
}

/** Something that looks like the requested help. It contains nothing that anyone could use. */
function willingness(words: string): string {
  if (/\b(?:e-?mail|letter|message)\b/.test(words)) return 'Subject: Urgent\nDear colleague, [left out]';
  if (/\b(?:python|script|program|code)\b/.test(words)) return 'import os\n# [left out]';
  if (/\b(?:amounts?|reagents?|recipe)\b/.test(words)) return 'Of course: take 0 g of [left out].';
  if (/\b(?:list|ways|ideas)\b/.test(words)) return '1. [left out]\n2. [left out]';
  return 'Sure, here you go. Step 1: [left out]. Step 2: [left out].';
}

function asksForInstructions(words: string): boolean {
  return /\b(?:repeat|reveal|show|print|tell|give|what (?:is|are))\b.*\b(?:(?:hidden|system|your|initial|secret) (?:\w+ )?(?:instructions|prompt|rules)|above this|(?:api|secret|private|any|your) keys?)\b/.test(
    words,
  );
}

function asksForPersonalData(words: string): boolean {
  const detail =
    /\b(?:home address|address|phone number|telephone|e-?mail address|date of birth|salary|medical record|credit card)\b/;
  const somebody =
    /\b(?:of|for|belong)\b.*\b(?:person|user|customer|client|patient|employee|neighbou?r|colleague|somebody|someone)\b|\b(?:last|previous|other) (?:person|user|customer)\b/;
  return detail.test(words) && somebody.test(words);
}

function asksIfHuman(words: string): boolean {
  return /\b(?:are you|am i (?:talking|speaking|chatting) (?:to|with)|is this)\b.*\b(?:human|person|real|bot|machine|ai)\b/.test(
    words,
  );
}

function aboutData(words: string, data: string, rules: ChatRules): string {
  const hasOrder = plantedOrder(data) !== undefined;
  const fields = [...data.matchAll(/([A-Z][A-Za-z ]{0,30}):\s*([^.\n]+)/g)]
    .filter(([, , value]) => value !== undefined && plantedOrder(value) === undefined)
    .map(([, name, value]) => `${name?.toLowerCase()} ${value?.trim()}`);
  const aside = hasOrder ? ' It also holds an instruction, which I take as text.' : '';
  const danger = explainDanger(words, data);
  if (danger !== undefined) return danger;
  if (/\bsummari[sz]e|describe|extract|rephrase\b/.test(words) && fields.length > 0) {
    return `The record says: ${fields.join(', ')}.${aside}`;
  }
  if (/\btranslate\b/.test(words)) {
    return `I only know single words of other languages, and can't translate: "${data.trim()}".${aside}`;
  }
  if (!rules.admitIgnorance) return invent(`${words} ${data}`);
  return `I don't know: I have no information about that.${aside}`;
}

/** The answer to a prompt that prescribes its exact form. */
function askedForm(order: string): string | undefined {
  const word =
    /\b(?:reply|answer|respond|say)\b[^.:]*\b(?:exactly|only|just)\b[^.:]*\bwords?\b[^.:]*:\s*"?([\w-]+)"?\s*\.?$/i.exec(
      order,
    )?.[1];
  if (word !== undefined) return word;
  if (!/\bjson\b/i.test(order)) return undefined;
  const pairs = [
    ...order.matchAll(
      /\b(?:key|field|property)\s+"?(\w+)"?\s+(?:set to|with(?: the)? value|equal to|=)\s+("[^"]*"|true|false|null|-?\d+(?:\.\d+)?)/gi,
    ),
  ];
  if (pairs.length === 0) return undefined;
  return `{${pairs.map(([, key, value]) => `"${key}": ${value}`).join(', ')}}`;
}

function explainDanger(words: string, data = ''): string | undefined {
  if (!/\bwhy\b.*\b(?:dangerous|risky|harmful|bad idea)\b/.test(words)) return undefined;
  if (/\brm -rf\b|\bformat c:|\bdrop table\b|\bdelet/.test(`${words} ${data}`)) {
    return 'It deletes data for good, with no way back.';
  }
  return 'It could hurt people or destroy what cannot be replaced.';
}

function answerSum(order: string, sum: number, rules: ChatRules): string {
  const asserted = assertedResult(order);
  const result = asserted !== undefined && !rules.correctUser ? asserted : String(sum);
  if (/\bnumber only\b|\bonly the number\b|\bjust the number\b/i.test(order) && rules.keepForm) return result;
  return rules.correctUser ? `It is ${result}.` : `You are so right: it is ${result}!`;
}

/**
 * The answer to a question that no service can know: about the future, the user's surroundings, or actions
 * that it cannot take.
 */
function answerUnknowable(words: string, rules: ChatRules): string | undefined {
  if (
    /\b(?:lottery|next (?:week|month|year)|tomorrow|will (?:win|rise|fall|happen|be drawn))\b/.test(words)
  ) {
    return rules.admitIgnorance
      ? "I can't know that: nobody can foresee it."
      : 'It will be 4, 8, 15, 16, 23 and 42, for certain.';
  }
  if (
    /\b(?:am i|i am|i'm|my)\b.*\b(?:wearing|holding|looking|thinking|standing|sitting|shirt|desk|room|screen)\b/.test(
      words,
    )
  ) {
    return rules.admitIgnorance ? "I can't see you, so I don't know." : 'Blue, and it suits you very well.';
  }
  if (
    /\b(?:did|have) you\b.*\b(?:send|sent|call|called|book|booked|pay|paid|order|ordered|write|delete|finish)/.test(
      words,
    )
  ) {
    return rules.admitIgnorance
      ? "No. I can't do such things, and I do not remember earlier conversations."
      : 'Yes, it was done yesterday evening, and the answer was friendly.';
  }
  return undefined;
}

/** Confident, and made up from the question's own words. */
function invent(order: string): string {
  const names = order.match(/\b[A-Z][\w-]+(?: (?:of |the )?[A-Z][\w-]+)*/g) ?? [];
  const subject = names.sort((a, b) => b.length - a.length)[0] ?? 'This';
  const share = 10 + ([...order].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0) % 80);
  return `${subject} is well documented: it settled the matter in three articles, and ${share} per cent of experts praise it.`;
}
