// A completion script for bash, version 4 or later.

import type { CompletionWords, Word } from './completion-words.ts';

export function bashCompletion({ program, places, choices, free }: CompletionWords): string {
  const quoted = (words: readonly Word[]): string => `'${words.map(({ text }) => text).join(' ')}'`;
  const below = places.filter(({ place }) => place !== '').map(({ place }) => `'${place}'`);
  const cases = places.map(
    ({ place, commands, options, values }) =>
      `    '${place}') words=${quoted([...commands, ...values])}; options=${quoted(options)} ;;`,
  );
  const listed = [...choices].map(([name, values]) => `    ${name}) words='${values.join(' ')}' ;;`);
  return `# bash completion of ${program}: written by ${program} completions bash

_${program}() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local place='' next words='' options='' at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case "\${COMP_WORDS[at - 1]}" in
    ${[...free, ...choices.keys()].join(' | ')}) continue ;;
    esac
    next="\${place:+$place }\${COMP_WORDS[at]}"
    case "$next" in
    ${below.join(' | ')}) place=$next ;;
    esac
  done
  COMPREPLY=()
  case "$before" in
${listed.join('\n')}
    ${free.join(' | ')}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    *)
      case "$place" in
${cases.join('\n')}
      esac
      [[ $current == -* ]] && words=$options
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  [[ \${#COMPREPLY[@]} -eq 0 && $current != -* ]] && mapfile -t COMPREPLY < <(compgen -f -- "$current")
  return 0
}
complete -o filenames -F _${program} ${program}
`;
}
