// A completion script for zsh. Put it into a folder of fpath, as _PROGRAM.

import type { CompletionWords, Word } from './completion-words.ts';

/** In single quotes, where a quote ends the string, is escaped and begins it again. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
/** `_describe` takes the text up to the first colon as the word. */
const described = ({ text, description }: Word): string => quoted(`${text}:${description}`);

export function zshCompletion({ program, places, choices, free }: CompletionWords): string {
  const below = places.filter(({ place }) => place !== '').map(({ place }) => quoted(place));
  const cases = places.map(
    ({ place, commands, options, values }) =>
      `    (${quoted(place)})
      words_here=(${[...commands, ...values].map(described).join(' ')})
      options_here=(${options.map(described).join(' ')})
      ;;`,
  );
  const listed = [...choices].map(
    ([name, values]) => `    (${name}) compadd -- ${values.join(' ')}; return ;;`,
  );
  return `#compdef ${program}
# zsh completion of ${program}: written by ${program} completions zsh

_${program}() {
  local place='' next at
  local -a words_here options_here
  for ((at = 2; at < CURRENT; at++)); do
    case "\${words[at - 1]}" in
      (${[...free, ...choices.keys()].join('|')}) continue ;;
    esac
    next="\${place:+$place }\${words[at]}"
    case "$next" in
      (${below.join('|')}) place=$next ;;
    esac
  done
  case "\${words[CURRENT - 1]}" in
${listed.join('\n')}
    (${free.join('|')}) _files; return ;;
  esac
  case "$place" in
${cases.join('\n')}
  esac
  if [[ \${words[CURRENT]} == -* ]]; then
    _describe -o option options_here
  elif (( \${#words_here} > 0 )); then
    _describe command words_here
  else
    _files
  fi
}

_${program} "$@"
`;
}
