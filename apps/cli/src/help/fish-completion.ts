// A completion script for fish.

import type { CompletionWords } from './completion-words.ts';

/** In single quotes, where fish knows two escapes: of a backslash and of a quote. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

export function fishCompletion({ program, places, choices, free }: CompletionWords): string {
  const below = places.filter(({ place }) => place !== '').map(({ place }) => quoted(place));
  const isAt = (place: string) => quoted(`test (__${program}_place) = ${quoted(place)}`);
  const takesValue = new Set([...free, ...choices.keys()]);
  const valuesAfter = (name: string): string => {
    const values = choices.get(name);
    if (values !== undefined) return ` -x -a ${quoted(values.join(' '))}`;
    return takesValue.has(name) ? ' -r' : '';
  };
  const lines = places.flatMap(({ place, commands, options, values }) => [
    ...[...commands, ...values].map(
      ({ text, description }) =>
        `complete -c ${program} -f -n ${isAt(place)} -a ${quoted(text)} -d ${quoted(description)}`,
    ),
    ...options.map(
      ({ text, description }) =>
        `complete -c ${program} -n ${isAt(place)} -l ${text.slice(2)} -d ${quoted(description)}${valuesAfter(text)}`,
    ),
  ]);
  return `# fish completion of ${program}: written by ${program} completions fish

function __${program}_place
    set -l place
    set -l before
    for word in (commandline -opc)[2..-1]
        set -l next (string join ' ' $place $word)
        if not contains -- "$before" ${[...takesValue].join(' ')}
            if contains -- $next ${below.join(' ')}
                set place $next
            end
        end
        set before $word
    end
    echo "$place"
end

${lines.join('\n')}
`;
}
