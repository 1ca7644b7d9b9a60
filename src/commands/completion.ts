/** What can stand in a command line, for a shell to complete. */
export type Words = {
  /** The commands, each with its options; behind an option its values, or nothing where it takes a file or anything. */
  readonly commands: ReadonlyMap<string, readonly CompletedOption[]>;
  /** What may stand behind a command without an option. */
  readonly arguments: ReadonlyMap<string, readonly string[]>;
};

/** An option with what may stand behind it. */
export type CompletedOption = {
  readonly name: string;
  readonly takesValue: boolean;
  readonly values: readonly string[];
  /** Whether several values may stand there, with commas between them. */
  readonly list: boolean;
};

/** A shell that a script can be made for. */
export type Shell = 'bash' | 'zsh';

/** A script that completes the words of `dms-doctor`. Its words stand in it: completing starts no process. */
export function completionScript(shell: Shell, words: Words): string {
  return shell === 'bash' ? bash(words) : zsh(words);
}

function bash(words: Words): string {
  return `# Completion of dms-doctor in bash. In ~/.bashrc: source <(dms-doctor completion bash)
_dms_doctor() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} words='' list=''
  COMPREPLY=()
  [ "$word" = = ] && word=''
  [ "$before" = = ] && before=\${COMP_WORDS[COMP_CWORD-2]}
  if [ "$COMP_CWORD" = 1 ]; then
    words='${commandWords(words)}'
  else
    case "\${COMP_WORDS[1]} $before" in
${cases(words, (values, list) => `words='${values.join(' ')}'${list ? ' list=yes' : ''}`, ':')}
      *) case "\${COMP_WORDS[1]}" in
${anywhere(words, (all) => `words='${all}'`)}
      esac ;;
    esac
  fi
  if [ -n "$list" ]; then
    COMPREPLY=($(compgen -P "\${word%"\${word##*,}"}" -W "$words" -- "\${word##*,}"))
  elif [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -o default -F _dms_doctor dms-doctor
`;
}

function zsh(words: Words): string {
  return `#compdef dms-doctor
# Completion of dms-doctor in zsh. In ~/.zshrc, behind compinit: source <(dms-doctor completion zsh)
_dms_doctor() {
  local before=\${words[CURRENT-1]} command=\${words[2]}
  local -a found
  if [[ \${words[CURRENT]} == --*=* ]]; then
    before=\${words[CURRENT]%%=*}
    compset -P 1 '*='
  fi
  if (( CURRENT == 2 )); then
    found=(${commandWords(words)})
  else
    case "$command $before" in
${cases(words, (values, list) => `${list ? "compset -P '*,'; " : ''}found=(${values.join(' ')})`, '_files; return')}
      *) case "$command" in
${anywhere(words, (all) => `found=(${all})`)}
      esac ;;
    esac
  fi
  if (( $#found )); then
    compadd -- $found
  else
    _files
  fi
}
compdef _dms_doctor dms-doctor
`;
}

function commandWords({ commands }: Words): string {
  return [...commands.keys()].join(' ');
}

/** What stands behind an option: its values, or what the shell does of itself. */
function cases(
  { commands }: Words,
  found: (values: readonly string[], list: boolean) => string,
  otherwise: string,
): string {
  return [...commands]
    .flatMap(([command, options]) =>
      options
        .filter(({ takesValue }) => takesValue)
        .map(({ name, values, list }) => {
          const deed = values.length === 0 ? otherwise : found(values, list);
          return `      '${command} --${name}') ${deed} ;;`;
        }),
    )
    .join('\n');
}

/** What else may stand in a command: its options, and its arguments. */
function anywhere({ commands, arguments: others }: Words, found: (all: string) => string): string {
  return [...commands]
    .map(([command, options]) => {
      const all = [...(others.get(command) ?? []), ...options.map(({ name }) => `--${name}`)];
      return `        ${command}) ${found(all.join(' '))} ;;`;
    })
    .join('\n');
}
