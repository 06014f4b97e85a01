# SPDX-License-Identifier: MIT
"""Finds the checks of a C file, and how each can be left out or turned round.

No parser of C: it relies on the layout of clang-format. What comes out wrong does not compile.
"""
import re

COMMENT_OR_LITERAL = re.compile(
    r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|^#(?:\\\n|[^\n])*', re.S | re.M)
FUNCTION = re.compile(r'^(?!typedef|struct \w+ {)([\w *]*?[ *\n])(\w+)\([^;{}]*\)\n{', re.M)
# What ends an operand, at its own level of brackets.
BEFORE = re.compile(r'&&|\|\||[;{},?:]|(?<![=!<>+*/|&^-])=(?!=)|\breturn\b|\bdo\b|\belse\b')
AFTER = re.compile(r'&&|\|\||[;,?:]')


def masked(text):
    """The text with comments, strings and preprocessor lines made blank."""
    def blank(found):
        return re.sub(r'[^\n]', '@' if found[0][0] in '"\'' else ' ', found[0])
    return COMMENT_OR_LITERAL.sub(blank, text)


def close_of(code, start):
    """Where the bracket that opens at start is closed."""
    depth = 0
    for i in range(start, len(code)):
        depth += (code[i] in '([{') - (code[i] in ')]}')
        if depth == 0:
            return i
    raise ValueError('no closing bracket')


def walk_back(code, at, ends):
    """Where the expression starts that ends before at."""
    depth = 0
    for i in range(at - 1, -1, -1):
        if code[i] in ')]' or (code[i] == '}' and depth > 0):
            depth += 1
        elif code[i] in '([' or (code[i] == '{' and depth > 0):
            if depth == 0:
                return i + 1
            depth -= 1
        elif depth == 0:
            for width in (6, 4, 2, 1):
                end = ends.match(code, max(0, i + 1 - width))
                if end and end.end() == i + 1:
                    return i + 1
    return 0


def walk_on(code, at, ends):
    """Where the expression ends that starts at at."""
    depth = 0
    for i in range(at, len(code)):
        if depth == 0 and (code[i] in ')]}' or ends.match(code, i)):
            return i
        depth += (code[i] in '([{') - (code[i] in ')]}')
    return len(code)


def operands(code):
    """Each operand of && and ||, with what leaves it out."""
    for found in re.finditer(r'&&|\|\|', code):
        is_and = found[0] == '&&'
        # && binds tighter: an operand of || goes on over it.
        before, after = (re.compile(ends.pattern[0 if is_and else len('&&|'):])
                         for ends in (BEFORE, AFTER))
        yield walk_back(code, found.start(), before), found.start(), '1' if is_and else '0'
        end = walk_on(code, found.end(), after)
        if is_and or not re.match(r'\s*(reason_set|say)\(', code[found.end():end]):
            yield found.end(), end, '1' if is_and else '0'


def values(code, start, end, choice):
    """An expression made true and false; where its operands are left out, that tells as much."""
    depths, depth = [], 0
    for character in code[start:end]:
        depth += (character in '([{') - (character in ')]}')
        depths.append(depth)
    tops = [code[start + i:start + i + 2] for i, depth in enumerate(depths) if depth == 0]
    if '&&' in tops or '||' in tops:
        choice = choice.replace('1', '') if '||' not in tops else ''
    for value in choice:
        yield start, end, value


def conditions(code):
    """Conditions of if, while and ?:, each true and false; a loop is only left out."""
    for found in re.finditer(r'\b(if|while) (\()', code):
        end = close_of(code, found.start(2))
        yield from values(code, found.end(2), end, '10' if found[1] == 'if' else '0')
    for found in re.finditer(r'\?', code):
        start = walk_back(code, found.start(), re.compile(BEFORE.pattern.replace(r'&&|\|\||', '')))
        yield from values(code, start, found.start(), '10')


def results(code):
    """What a function of a bool returns, and what a bool is set to."""
    for function in FUNCTION.finditer(code):
        if not re.search(r'\bbool\b', function[1]):
            continue
        end = close_of(code, function.end() - 1)
        for found in re.finditer(r'\breturn\b([^;]*);', code[function.end():end]):
            start, stop = (function.end() + place for place in found.span(1))
            value = code[start:stop].strip()
            is_refusal = re.match(r'false$|(reason_set|say|failed|refuse_\w+)\(', value)
            yield from values(code, start, stop,
                              '1' if is_refusal else '0' if value == 'true' else '10')
    for found in re.finditer(r'\bbool \w+ =([^;,]*);', code):
        yield from values(code, found.start(1), found.end(1), '10')


def calls(code):
    """Calls whose result nobody looks at, and assignments of true and false."""
    for found in re.finditer(r'(?<=[;{})e]\n) +([a-z_]\w*\()', code):
        end = close_of(code, found.end() - 1) + 1
        if code[end] == ';' and found[1] not in ('if(', 'while(', 'for(', 'switch('):
            yield found.start(1), end, ''
    for found in re.finditer(r'[\w>-] = (true|false);', code):
        yield found.start(1), found.end(1), '0' if found[1] == 'true' else '1'


def mutants_of(path, text):
    """Yields (name, text) of each mutant of a file; the name stays where lines are put in."""
    code = masked(text)
    bodies = [(f.end(), close_of(code, f.end() - 1), f[2]) for f in FUNCTION.finditer(code)]
    found, names = set(), {}
    for find in (conditions, operands, results, calls):
        for start, end, new in find(code):
            while code[start] in ' \n' and start < end:
                start += 1
            while code[end - 1] in ' \n' and start < end:
                end -= 1
            found.add((start, end, new.strip()))
    for start, end, new in sorted(found):
        where = next((name for low, high, name in bodies if low <= start < high), None)
        if where is None or (text[start:end], new) in (('false', '0'), ('true', '1')):
            continue
        old = ' '.join(text[start:end].split())
        name = '%s %s: %s -> %s' % (path, where, old, new or 'nothing')
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name += ' #%d' % names[name]
        if new and text[start:end].count('\n'):
            new += '\n' * text[start:end].count('\n')
        yield name, text[:start] + (new or '(void)0') + text[end:]
