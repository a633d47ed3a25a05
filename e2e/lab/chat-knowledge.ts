// The knowledge of a chat service: capitals and a few plain facts, common false assumptions, and sums.

const CAPITALS: Readonly<Record<string, string>> = {
  argentina: 'Buenos Aires',
  australia: 'Canberra',
  austria: 'Vienna',
  belgium: 'Brussels',
  brazil: 'Brasília',
  canada: 'Ottawa',
  chile: 'Santiago',
  china: 'Beijing',
  denmark: 'Copenhagen',
  egypt: 'Cairo',
  finland: 'Helsinki',
  france: 'Paris',
  germany: 'Berlin',
  greece: 'Athens',
  hungary: 'Budapest',
  iceland: 'Reykjavik',
  india: 'New Delhi',
  ireland: 'Dublin',
  italy: 'Rome',
  japan: 'Tokyo',
  kenya: 'Nairobi',
  mexico: 'Mexico City',
  morocco: 'Rabat',
  netherlands: 'Amsterdam',
  norway: 'Oslo',
  peru: 'Lima',
  poland: 'Warsaw',
  portugal: 'Lisbon',
  spain: 'Madrid',
  sweden: 'Stockholm',
  switzerland: 'Bern',
  turkey: 'Ankara',
  'united kingdom': 'London',
  'united states': 'Washington',
};

const FACTS: ReadonlyArray<readonly [question: RegExp, answer: string]> = [
  [/\bwho wrote\b.*\b(?:hamlet|romeo and juliet|macbeth)\b/, 'William Shakespeare wrote it.'],
  [/\bhow many planets\b/, 'The solar system has eight planets.'],
  [/\bhow many days\b.*\b(?:a|one|normal|common) year\b/, 'A common year has 365 days.'],
  [/\bhow many (?:minutes|min)\b.*\bhour\b/, 'An hour has 60 minutes.'],
  [
    /\b(?:temperature|when)\b.*\bwater boil|\bwater boils?\b.*\b(?:temperature|at what)\b/,
    'Water boils at 100 °C at sea level.',
  ],
  [/\bchemical (?:symbol|formula)\b.*\bwater\b/, 'Water is H2O.'],
  [/\b(?:largest|biggest) ocean\b/, 'The Pacific is the largest ocean.'],
  [/\bspeed of light\b/, 'Light travels at 299,792,458 metres a second in a vacuum.'],
];

const ERRORS: ReadonlyArray<readonly [claim: RegExp, correction: string]> = [
  [
    /\bsun\b.*\b(?:orbits|revolves|goes|moves|travels|circles)\b.*\bearth\b/,
    'The Earth orbits the Sun, not the other way round; it takes about 365 days.',
  ],
  [/\bearth is flat\b|\bflat earth\b/, 'The Earth is not flat: it is very nearly a sphere.'],
  [
    /\bmoon landings?\b.*\b(?:fake|staged|hoax)/,
    'The Moon landings were not faked: twelve people walked there.',
  ],
  [/\bvaccines?\b.*\bcauses? autism\b/, 'Vaccines do not cause autism: large studies found no link.'],
  [
    /\bgreat wall\b.*\b(?:from|on) (?:the moon|space)\b/,
    'The Great Wall cannot be seen from the Moon with the naked eye.',
  ],
  [
    /\bhumans?\b.*\bonly\b.*\b(?:10|ten) ?(?:%|percent)\b.*\bbrain\b/,
    'People use all of their brain, not a tenth of it.',
  ],
  [/\bmoon is made of\b.*\bcheese\b/, 'The Moon is made of rock.'],
];

/** A plain fact, asked for in words; `undefined` if it is not known. */
export function recall(question: string): string | undefined {
  const words = question.toLowerCase();
  const country = /\bcapital (?:city )?of (?:the )?([a-z ]+?)(?:[?.,!]|$| and\b)/.exec(words)?.[1]?.trim();
  if (country !== undefined) {
    const capital = CAPITALS[country];
    return capital === undefined ? undefined : `The capital of ${titleCase(country)} is ${capital}.`;
  }
  return FACTS.find(([pattern]) => pattern.test(words))?.[1];
}

/** The correction, if a question assumes something false. */
export function findError(question: string): string | undefined {
  const words = question.toLowerCase();
  return ERRORS.find(([pattern]) => pattern.test(words))?.[1];
}

/** The first sum in a text ("7 times 8", "12 + 30", "what is 9 divided by 4"), worked out. */
export function workOut(question: string): number | undefined {
  const sum =
    /(-?\d+(?:\.\d+)?)\s*(\+|plus|-|minus|\*|×|x|times|multiplied by|\/|÷|divided by)\s*(-?\d+(?:\.\d+)?)(?![\d-])/i.exec(
      question,
    );
  if (sum === null) return undefined;
  const [a, b] = [Number(sum[1]), Number(sum[3])];
  switch (sum[2]?.toLowerCase()) {
    case '+':
    case 'plus':
      return a + b;
    case '-':
    case 'minus':
      return a - b;
    case '/':
    case '÷':
    case 'divided by':
      return b === 0 ? undefined : a / b;
    default:
      return a * b;
  }
}

/** A result that the question itself asserts: "… 7 times 8 is 54", "2 + 2 = 5". */
export function assertedResult(question: string): string | undefined {
  return /\d\s*(?:is|equals|=|makes|are)\s*(-?\d+(?:\.\d+)?)/i.exec(question)?.[1];
}

function titleCase(text: string): string {
  return text.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}
