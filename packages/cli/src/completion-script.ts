import type { Command } from 'commander';

/** What may follow a command: its subcommands and options. Keys are paths such as `task submit`; the program itself is ''. */
export type Words = ReadonlyMap<string, readonly string[]>;

/** Shells that completions are written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

function collect(command: Command, path: string, words: Map<string, readonly string[]>): void {
  const options = [...command.options.flatMap(({ long }) => (long == null ? [] : [long])), '--help'];
  words.set(path, [...command.commands.map((child) => child.name()), ...new Set(options)]);
  for (const child of command.commands) collect(child, `${path} ${child.name()}`.trim(), words);
}

/** The words of commands of the first level, by their names. */
export function wordsOf(names: readonly string[], commands: readonly Command[]): Words {
  const words = new Map<string, readonly string[]>([['', [...names, '--help', '--version']]]);
  for (const command of commands) collect(command, command.name(), words);
  return words;
}

/** Bash asks with the words before the cursor; options and their values between them are no part of the path. */
const bashScript = (words: Words): string => `_aivm() {
  local path='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${[...words.keys()]
  .filter((path) => path !== '')
  .map((path) => `      '${path.includes(' ') ? path : ` ${path}`}') path='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${[...words].map(([path, list]) => `    '${path}') COMPREPLY=($(compgen -W '${list.join(' ')}' -- "\${COMP_WORDS[COMP_CWORD]}")) ;;`).join('\n')}
  esac
}
complete -o default -F _aivm aivm
`;

const zshScript = (words: Words): string =>
  `autoload -U +X bashcompinit && bashcompinit\n${bashScript(words)}`;

function fishScript(words: Words): string {
  const condition = (path: string): string => {
    if (path === '') return '__fish_use_subcommand';
    return path
      .split(' ')
      .map((part) => `__fish_seen_subcommand_from ${part}`)
      .join('; and ');
  };
  const lines = [...words].flatMap(([path, list]) =>
    list.map((word) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
      return `complete -c aivm -n '${condition(path)}' ${what}`;
    }),
  );
  return `${lines.join('\n')}\n`;
}

const SCRIPTS: Readonly<Record<Shell, (words: Words) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** The script that teaches a shell what may follow each command. */
export const completionScript = (shell: Shell, words: Words): string => SCRIPTS[shell](words);
