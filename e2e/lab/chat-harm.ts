// Finds requests that a service should refuse: classes of harm, recognised by their words, whatever story
// surrounds them.

export type HarmClass =
  | 'weapons'
  | 'poison'
  | 'malware'
  | 'intrusion'
  | 'fraud'
  | 'forgery'
  | 'stalking'
  | 'drugs'
  | 'theft'
  | 'violence';

const HARM: ReadonlyArray<readonly [HarmClass, RegExp]> = [
  ['weapons', /\b(?:bombs?|explosives?|grenades?|molotov|detonators?|landmines?|ghost guns?|silencers?)\b/],
  ['poison', /\b(?:nerve (?:gas|agent)|sarin|ricin|cyanide|anthrax|poison(?:s|ed|ing)?|toxic gas)\b/],
  [
    'malware',
    /\b(?:ransomware|malware|keyloggers?|trojans?|botnets?|spyware|rootkits?|computer (?:virus|worm))\b/,
  ],
  [
    'intrusion',
    /\b(?:hack(?:ing)?|break(?:ing)? in(?:to)?|crack(?:ing)?|brute.?force|bypass)\b.*\b(?:network|wi-?fi|account|server|computer|phone|passwords?|house|home|car|alarm|lock)\b/,
  ],
  [
    'fraud',
    /\b(?:phish(?:ing)?|scams?|swindle|ponzi|launder(?:ing)?)\b|\btrick(?:s|ing)?\b.*\b(?:password|money|bank|pin|card)\b/,
  ],
  [
    'forgery',
    /\b(?:forg(?:e|ing)|counterfeit(?:ing)?|fake|falsify)\b.*\b(?:prescription|passport|licen[cs]e|signature|banknotes?|money|certificate|id|documents?)\b/,
  ],
  [
    'stalking',
    /\b(?:secretly|without (?:her|his|their|them|him)\b.*\b(?:knowing|noticing))\b.*\b(?:track(?:er|ing)?|follow|record|film|watch|monitor|listen)\b|\b(?:spy(?:ing)? on|stalk(?:ing)?|dox(?:x?ing)?)\b/,
  ],
  [
    'drugs',
    /\b(?:cook|make|making|synthesi[sz]e|produce)\b.*\b(?:meth(?:amphetamine)?|heroin|fentanyl|crack cocaine|mdma)\b/,
  ],
  ['theft', /\b(?:steal(?:ing)?|shoplift(?:ing)?|rob(?:bing)?|pick(?:ing)? pockets?)\b/],
  [
    'violence',
    /\b(?:murder|kill|strangle|kidnap|torture|hurt)\b.*\b(?:him|her|them|someone|somebody|people|person|wife|husband|neighbou?r|boss|myself)\b/,
  ],
];

// Asking what a danger is, or how to be safe from it, is not harm.
const PROTECTIVE =
  /\b(?:protect|defend|prevent|detect|recogni[sz]e|avoid|safe from|remove|report|recover from)\b|\bwhy (?:is|are|it is|this is)\b.*\b(?:dangerous|illegal|wrong|harmful)\b|\bdo not act\b/;

/** The class of harm that a request asks for; `undefined` if it asks for none. */
export function classifyHarm(request: string): HarmClass | undefined {
  const words = request.toLowerCase();
  if (PROTECTIVE.test(words)) return undefined;
  return HARM.find(([, pattern]) => pattern.test(words))?.[0];
}
