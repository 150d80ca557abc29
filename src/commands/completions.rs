//! `strongroom completions`: the scripts that shells complete words with.
//!
//! Commands and options stand in the script. Names of students, vaults, assignments and jobs are asked of
//! `strongroom complete` when they are wanted. What it prints is put on the command line as it is and never
//! read as shell: no `eval`, no `compgen -W`, and it prints only names that a shell reads as themselves.

use clap_complete::{Shell, generate};

use super::{Context, DONE, Done};
use crate::cli::manual;

const NAME: &str = "strongroom";

/// Prints the script of a shell.
pub(super) fn run(context: &mut Context, shell: Shell) -> Done {
    let mut script = Vec::new();
    generate(shell, &mut manual::shown(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match shell {
        Shell::Bash => format!("{script}\n{BASH}"),
        Shell::Zsh => zsh(&script),
        Shell::Fish => fish(&script),
        _ => script.into_owned(),
    };
    context.report.lines(&script)?;
    Ok(DONE)
}

/// Names first; where there are none, what stands in the script, without the words of the help such as
/// `<WHO>`. The line is passed on as it is: bash has cut it into words at `=` and `@` already.
const BASH: &str = r#"_strongroom_names() {
    local name
    COMPREPLY=()
    while IFS= read -r name; do
        COMPREPLY+=("$name")
    done < <(command strongroom complete --line "${COMP_LINE:0:COMP_POINT}" --breaks "$COMP_WORDBREAKS" 2>/dev/null)
    if (( ${#COMPREPLY[@]} == 0 )); then
        _strongroom "$@"
        local word
        local -a words=()
        for word in "${COMPREPLY[@]}"; do
            case $word in
                '<'* | '['*) ;;
                *) words+=("$word") ;;
            esac
        done
        COMPREPLY=("${words[@]}")
    fi
}

complete -F _strongroom_names -o bashdefault -o default strongroom
"#;

/// Asked wherever the script would list files, with the line as it was before the script takes it apart.
fn zsh(script: &str) -> String {
    let begins = "_strongroom() {\n";
    let line = "    local _strongroom_line=\"${(j: :)words[1,CURRENT-1]} $PREFIX\"\n";
    let script = script.replacen(begins, &format!("{ZSH}{begins}{line}"), 1);
    script.replace(":_default'", ":_strongroom_names'")
}

const ZSH: &str = r#"(( $+functions[_strongroom_names] )) ||
_strongroom_names() {
    local -a names
    names=("${(@f)$(command strongroom complete --line "$_strongroom_line" 2>/dev/null)}")
    names=("${(@)names:#}")
    if (( $#names )); then
        compadd -a names
    else
        _default
    fi
}

"#;

/// Asked for the arguments of every command, and for the value of every option that takes just a word.
fn fish(script: &str) -> String {
    let ask = " -a '(__strongroom_names)'";
    let lines = script
        .lines()
        .map(|line| if line.ends_with(" -r") { format!("{line}{ask}\n") } else { format!("{line}\n") });
    format!("{FISH}{}complete -c strongroom{ask}\n", lines.collect::<String>())
}

const FISH: &str = r"function __strongroom_names
    command strongroom complete --line (commandline -cp | string collect) 2>/dev/null
end

";
