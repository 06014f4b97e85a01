# shellcheck shell=bash
# bash completion for privbind: its options, then the command and what completes that.
_privbind()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i
    COMPREPLY=()

    # Find the command: the first word that is neither an option nor the argument of one.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -a | -m | --check | --file) ((i++)) ;;
            -u)
                # bash takes USER:GROUP for three words.
                ((i++))
                [[ ${COMP_WORDS[i + 1]} == : ]] && ((i += 2))
                ;;
            --)
                ((i++))
                break
                ;;
            -*) ;;
            *) break ;;
        esac
    done

    if ((i < COMP_CWORD)); then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
    elif [[ $prev == : ]]; then
        mapfile -t COMPREPLY < <(compgen -g -- "$cur")
    elif [[ $prev == -u ]]; then
        mapfile -t COMPREPLY < <(compgen -u -- "$cur")
    elif [[ $prev == -a ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'tcp udp any' -- "$cur")
    elif [[ $prev == -m ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'auto preload seccomp' -- "$cur")
    elif [[ $prev == --check ]]; then
        mapfile -t COMPREPLY < <(compgen -W '80/tcp 443/tcp 53/udp' -- "$cur")
    elif [[ $cur == -* && $prev != -- ]]; then
        mapfile -t COMPREPLY < <(compgen -W \
            '-m -u -a --no-new-privs --check --policy -h --help -V --version --' -- "$cur")
    else
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
    fi
}
complete -F _privbind privbind
