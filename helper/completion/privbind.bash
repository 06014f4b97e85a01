# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# bash completion for privbind: its options, then the command and what completes that.
_privbind()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i asks=
    COMPREPLY=()

    # Find the command: the first word that is neither an option nor the argument of one. bash takes
    # USER:GROUP for three words, and likewise --user=USER and 80/tcp=NAME.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            -a | -m | -u | --allow | --mode | --user | --listen | --file)
                ((i++))
                [[ ${COMP_WORDS[i]} == = ]] && ((i++))
                while [[ ${COMP_WORDS[i + 1]} =~ ^[:=]+$ ]]; do ((i += 2)); done
                ;;
            --check | --policy) asks=${COMP_WORDS[i]} ;;
            --)
                ((i++))
                break
                ;;
            -*) ;;
            *) [[ $asks ]] || break ;;
        esac
    done

    # The option that this word is the argument of.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi

    if ((i < COMP_CWORD)); then
        if declare -F _command_offset >/dev/null; then
            _command_offset "$i"
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        return
    fi
    case $prev in
        :) mapfile -t COMPREPLY < <(compgen -g -- "$cur") ;;
        -u | --user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
        -a | --allow) mapfile -t COMPREPLY < <(compgen -W 'tcp udp any' -- "$cur") ;;
        -m | --mode) mapfile -t COMPREPLY < <(compgen -W 'auto preload seccomp' -- "$cur") ;;
        --listen) mapfile -t COMPREPLY < <(compgen -W '80 443 53/udp' -- "$cur") ;;
        --file) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        *)
            if [[ $asks && $cur == -* ]]; then
                mapfile -t COMPREPLY < <(compgen -W '-u --user -a --allow --no-new-privs
                    --file --json' -- "$cur")
            elif [[ $asks ]]; then
                mapfile -t COMPREPLY < <(compgen -W '80/tcp 443/tcp 53/udp' -- "$cur")
            elif [[ $cur == -* && $prev != -- ]]; then
                mapfile -t COMPREPLY < <(compgen -W '-m --mode -u --user -a --allow
                    --no-new-privs --listen --check --policy -h --help -V --version --' -- "$cur")
            else
                mapfile -t COMPREPLY < <(compgen -c -- "$cur")
            fi
            ;;
    esac
}
complete -F _privbind privbind
