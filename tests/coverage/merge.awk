# Merges gcov's text for several objects, line by line, and prints a table of the files.
{
    count = substr($0, 1, 9)
    rest = substr($0, 11)
    line = substr(rest, 1, 5) + 0
    text = substr(rest, 7)
    gsub(/[ *]/, "", count)
}
line == 0 {
    if (text ~ /^Source:/) {
        file = substr(text, 8)
        if (!(file in last) && file ~ /^(helper|preload)\//)
            order[++files] = file
        last[file] += 0
    }
    next
}
{
    source[file, line] = text
    if (line > last[file])
        last[file] = line
    if (count != "-")
        executed[file, line] += count + 0 # not a number where it was not executed
}
function row(name, done, all)
{
    printf "%-32s %5d of %5d lines %6.1f %%\n", name, done, all, all == 0 ? 100 : 100 * done / all
}
END {
    for (i = 2; i <= files; i++)
        for (j = i; j > 1 && order[j] < order[j - 1]; j--) {
            file = order[j]
            order[j] = order[j - 1]
            order[j - 1] = file
        }
    for (i = 1; i <= files; i++) {
        file = order[i]
        done = all = 0
        output = file
        gsub(/\//, "-", output)
        output = directory "/" output ".gcov"
        for (line = 1; line <= last[file]; line++) {
            mark = "-"
            if ((file, line) in executed) {
                all++
                done += executed[file, line] > 0
                mark = executed[file, line] > 0 ? executed[file, line] : "#####"
                if (mark == "#####")
                    print file ":" line ":" source[file, line] >(directory "/uncovered")
            }
            printf "%9s:%5d:%s\n", mark, line, source[file, line] >output
        }
        row(file, done, all)
        top = substr(file, 1, index(file, "/"))
        directory_done[top] += done
        directory_all[top] += all
    }
    for (top in directory_all)
        row(top, directory_done[top], directory_all[top])
}
