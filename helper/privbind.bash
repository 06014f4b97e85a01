# bash completion for privbind: its options, then the command and its own completion.
_privbind()
{
    local cur prev i
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    COMPREPLY=()

    # The command is the first word that is neither an option nor the argument of one.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -u | -a | --check) ((i++)) ;;
            --) ((i++)) && break ;;
            -*) ;;
            *) break ;;
        esac
    done
    if ((i < COMP_CWORD)) || [[ $prev == -- ]]; then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        else
            mapfile -t COMPREPLY < <(compgen -o default -- "$cur")
        fi
        return
    fi

    case $prev in
        -u)
            if [[ $cur == *:* ]]; then
                mapfile -t COMPREPLY < <(compgen -g -- "${cur#*:}")
            else
                mapfile -t COMPREPLY < <(compgen -u -- "$cur")
            fi
            ;;
        -a) mapfile -t COMPREPLY < <(compgen -W 'tcp udp' -- "$cur") ;;
        --check) mapfile -t COMPREPLY < <(compgen -W '80/tcp 443/tcp 53/udp' -- "$cur") ;;
        *)
            if [[ $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W \
                    '-u -a --no-new-privs --check -h --help -V --version --' -- "$cur")
            else
                mapfile -t COMPREPLY < <(compgen -c -- "$cur")
            fi
            ;;
    esac
}
complete -F _privbind privbind
