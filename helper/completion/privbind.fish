# SPDX-License-Identifier: MIT
# fish completion for privbind: its options, then the command and what completes that.

# Prints the words of the command, if it has begun: with the first word that is neither an option
# nor the argument of one. What --check and --policy are asked for is no command.
function __fish_privbind_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case -a -m -u --allow --mode --user --listen --file
                set -e words[1]
            case --check --policy
                return 1
            case --
                set -e words[1]
                break
            case '-*'
            case '*'
                break
        end
        set -e words[1]
    end
    set -q words[1]; and printf '%s\n' $words
end

function __fish_privbind_asks
    not __fish_privbind_command >/dev/null
    and string match -q -r -- '^--(check|policy)$' (commandline -opc)
end

function __fish_privbind_complete_command
    set -l line (string escape -- (__fish_privbind_command)) (commandline -ct)
    complete "--do-complete=$line"
end

complete -c privbind -f
complete -c privbind -n 'not __fish_privbind_asks' -a '(__fish_privbind_complete_command)'
complete -c privbind -n __fish_privbind_asks -a '80/tcp 443/tcp 53/udp'
complete -c privbind -n __fish_privbind_asks -l json -d 'With --check: for scripts'
complete -c privbind -n __fish_privbind_asks -l file -r -F -d 'With --policy: a draft'

# The options, before the command.
set -l is_option 'not __fish_privbind_command >/dev/null'
complete -c privbind -n $is_option -s m -l mode -x -a 'auto preload seccomp' \
    -d 'How to let the command bind'
complete -c privbind -n $is_option -s u -l user -x -a '(__fish_complete_users)' \
    -d 'As root: run the command as this user'
complete -c privbind -n $is_option -s a -l allow -x -a 'tcp udp any' -d 'With -u: allow only this'
complete -c privbind -n $is_option -l no-new-privs -d 'With -u: set no_new_privs'
complete -c privbind -n $is_option -l listen -x -a '80 443 53/udp' \
    -d 'Bind, and hand the socket over as systemd does'
complete -c privbind -n $is_option -l check -d 'Try to bind, and say what is in the way'
complete -c privbind -n $is_option -l policy -d 'Say what the policy allows'
complete -c privbind -n $is_option -s h -l help -d 'Print a summary'
complete -c privbind -n $is_option -s V -l version -d 'Print the version'
