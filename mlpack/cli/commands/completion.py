"""`mlpack completion`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

EXAMPLES = {
    'eval "$(mlpack completion bash)"': "bash: add this line to ~/.bashrc",
    'eval "$(mlpack completion zsh)"': "zsh: add this line to ~/.zshrc",
    "mlpack completion fish | source": "fish: add this line to ~/.config/fish/config.fish",
}

BASH = """\
_mlpack() {
    local value help
    COMPREPLY=()
    while IFS=$'\\t' read -r value help; do
        printf -v value %q "$value"
        COMPREPLY+=("$value")
    done < <(_MLPACK_COMPLETE="${COMP_LINE:0:COMP_POINT}" "$1" 2>/dev/null)
}
complete -o bashdefault -o default -o nosort -F _mlpack mlpack 2>/dev/null ||
    complete -o bashdefault -o default -F _mlpack mlpack
"""
# `_describe` takes `value:help`; a value after `--option=` is completed without what is before it.
ZSH = """\
#compdef mlpack
_mlpack() {
    local -a found
    local line typed="${(j: :)words[1,CURRENT-1]} $PREFIX"
    for line in "${(@f)$(_MLPACK_COMPLETE="$typed" $words[1] 2>/dev/null)}"; do
        [[ -n $line ]] && found+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
    done
    compset -P '--*='
    (( $#found )) && _describe -V mlpack found || _files
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _mlpack "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u }
    compdef _mlpack mlpack
fi
"""
# fish completes `--option=value` as one word.
FISH = """\
function __mlpack_complete
    set -l typed (commandline -cp)
    set -l program (commandline -opc)[1]
    set -l before (string match -r -- '^--[^=]+=' (commandline -ct); or echo '')
    set -l found (env _MLPACK_COMPLETE="$typed" $program 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $before$found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c mlpack -f -a '(__mlpack_complete)'
"""
SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


class Shell(str, Enum):
    """The shells that completion is written for."""

    bash = "bash"
    zsh = "zsh"
    fish = "fish"


def command(
    shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="The shell to set up.")],
) -> None:
    """Print a script that sets up completion in a shell."""
    typer.echo(SCRIPTS[shell.value], nl=False)
