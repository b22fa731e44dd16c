"""Checks that every target imports what it declares and uses what it imports.

* A file imports no module that its target does not declare as a dependency.
* A target declares no dependency that none of its files imports.
* A file imports no module of which it uses nothing: none of the names that the module declares at its outermost level,
  and no member whose name no other module declares.

`--fix` takes away the imports that are not used.

Modules of the system are checked by the names in `SYSTEM`. A Swift dependency of a target in C is there to be linked with it.
"""
import os
import re
import sys

from targets import ROOT, read, targets

# A file that imports one of these modules has to mention something that matches.
SYSTEM = {
    "Testing": r"@Test|@Suite|#expect|#require|\bIssue\b",
    "Synchronization": r"\b(Mutex|Atomic|AtomicLazyReference|atomicMemoryFence)\b",
    "Glibc": r"\b(pthread_\w+|sched\w*|posix_memalign|madvise|m?alloc\w*|free|errno|mem\w+|str\w+|f?printf|fputs|std\w+|exit"
    r"|open\w*|close\w*|read\w*|write\w*|f\w*stat|stat|mkdir|rmdir|mkstemp|rename|unlink|remove|fsync|fchmod|umask|get\w+|sysconf"
    r"|clock\w*|time\w*|nanosleep|signal|raise|fork|kill|log\w*|exp\w*|pow\w*|tanhf?|sinf?|cosf?|sqrtf?|fmaf?|rintf?"
    r"|lrintf?|ldexpf?"
    r"|floorf?|ceilf?|truncf?|f?abs\w*|hypot|atan\w*|cbrt|lgamma|[A-Z]+_[A-Z_]+|mmap|munmap|realpath|access|dup2?|fopen|fclose)\b",
    "Foundation": r"\b(URL|Data|Date|FileManager|JSON(?:En|De)coder|JSONSerialization|UUID|NS\w+|Process\w*|Pipe|Thread"
    r"|String\(format|contentsOfFile|contentsOf|replacingOccurrences|trimmingCharacters|components|range\(of|pow|tanhf?|expf?|logf?"
    r"|sin|cos|sqrt|rint|floor|usleep|sleep|getpid|setenv|unsetenv|stat|chmod|mkfifo|symlink|atan2?)\b|\.path\(\)|\.write\(to",
}

MODIFIERS = (
    r"(?:(?:@\w+(?:\([^)]*\))?|static|class|final|mutating|nonmutating|override|indirect|lazy|private\(set\)"
    r"|nonisolated(?:\(unsafe\))?)\s+)*")
VISIBLE = re.compile(
    r"^(?P<indent>[ \t]*)" + MODIFIERS + r"(?:public|package|open)\s+" + MODIFIERS
    + r"(?P<kind>struct|class|enum|protocol|actor|typealias|func|var|let|extension)\s+(?P<name>[A-Za-z_]\w*|[^\s\w(]+)", re.M)
# Requirements of protocols, cases of enums and members of public extensions carry no modifier of their own.
PLAIN = re.compile(r"^[ \t]+" + MODIFIERS + r"(?:func|var|let)\s+(?P<name>[A-Za-z_]\w*)", re.M)
CASES = re.compile(
    r"^[ \t]*(?:indirect\s+)?case\s+(?P<names>[a-z_]\w*(?:\([^)]*\))?(?:\s*=\s*[^,\n]+)?(?:,\s*[a-z_]\w*[^,\n]*)*)\s*$", re.M)
IMPORT = re.compile(r"^(?:@\w+ +)*(?:(?:public|package|internal|private|fileprivate) +)?import +(\w+)$", re.M)


def code(text):
    """Returns the code without comments and without the text of strings; what is interpolated into these stays."""
    kept, position = [], 0
    inside = []  # What is open: the quotes that end a string, or the depth of brackets of an interpolation.
    while position < len(text):
        rest = text[position:position + 3]
        if inside and isinstance(inside[-1], str):
            quotes = inside[-1]
            hashes = quotes.count("#")
            escape = "\\" + "#" * hashes
            if text.startswith(escape + "(", position):
                inside.append(1)
                kept.append(" ")
                position += len(escape) + 1
            elif text.startswith(quotes, position):
                inside.pop()
                position += len(quotes)
            else:
                position += 2 if not hashes and text[position] == "\\" else 1
            continue
        opening = re.match(r'(#*)("""|")', text[position:position + 12])
        if rest.startswith("//"):
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif rest.startswith("/*"):
            end = text.find("*/", position)
            position = len(text) if end < 0 else end + 2
        elif opening:
            inside.append(opening[2] + opening[1])
            position += len(opening[0])
        else:
            if inside:
                inside[-1] += {"(": 1, ")": -1}.get(text[position], 0)
                if inside[-1] == 0:
                    inside.pop()
                    kept.append(" ")
                    position += 1
                    continue
            kept.append(text[position])
            position += 1
    return "".join(kept)


def blocks(text, kind):
    """Returns the bodies of all `kind` declarations that can be seen from outside."""
    for match in re.finditer(r"(?m)^[ \t]*(?:public|package)\s+(?:indirect\s+)?" + kind + r"\b[^{\n]*(?:\n[^{\n]*)?\{", text):
        depth, end = 1, match.end()
        while depth and end < len(text):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        yield text[match.end():end]


def swift_symbols(target):
    """Returns the names at the outermost level, and the names of members."""
    outer, members = set(), set()
    for path in target.files(".swift"):
        text = code(read(path))
        for match in VISIBLE.finditer(text):
            if match["kind"] != "extension":
                (members if match["indent"] else outer).add(match["name"])
                if match["kind"] in ("struct", "class", "enum", "protocol", "actor", "typealias"):
                    outer.add(match["name"])
        for body in blocks(text, "protocol"):
            members |= {match["name"] for match in PLAIN.finditer(body)}
        for body in blocks(text, "extension"):
            members |= {match["name"] for match in PLAIN.finditer(body)}
        for body in blocks(text, "enum"):
            for match in CASES.finditer(body):
                members |= set(re.findall(r"(?:^|,\s*)([a-z_]\w*)", re.sub(r"\([^)]*\)", "", match["names"])))
    return outer, members


def c_symbols(target):
    """Returns every name in a C target's headers, and those of a system library that lie with its own."""
    names = set()
    for path in target.files(".h"):
        text = re.sub(r"/\*.*?\*/", "", read(path), flags=re.S)
        names |= set(re.findall(r"\b[A-Za-z_]\w{3,}\b", text))
        for header in re.findall(r"#include <(\w+\.h)>", text):
            for folder in ("/usr/include/", "/usr/include/lua5.4/", "/usr/local/include/"):
                try:
                    with open(folder + header, encoding="utf-8", errors="replace") as file:
                        names |= set(re.findall(r"\b[A-Za-z_]\w{3,}\b", file.read()))
                except OSError:
                    continue
    words = "include define ifndef endif static const void float double size_t return struct"
    return names - set(words.split())


def headers(target):
    """Returns the names of a C target's headers, and of those behind a system library's shim."""
    paths = target.files(".h")
    names = {path.rsplit("/", 1)[-1] for path in paths}
    if target.kind == "system":
        names |= {name for path in paths for name in re.findall(r"#include <([\w.]+)>", read(path))}
    return names


def remove(imports):
    for path, name in imports:
        kept = [line for line in read(path).splitlines(keepends=True) if IMPORT.findall(line.rstrip()) != [name]]
        with open(os.path.join(ROOT, path), "w", encoding="utf-8") as file:
            file.write("".join(kept).lstrip("\n"))


def main():
    everything = targets()
    by_name = {target.name: target for target in everything}
    module = {target.name.replace("-", "_"): target for target in everything}
    outer, members, declaring = {}, {}, {}
    for target in everything:
        outer[target.name], members[target.name] = swift_symbols(target)
        if not target.files(".swift"):
            outer[target.name] = c_symbols(target)
        for name in members[target.name] | outer[target.name]:
            declaring.setdefault(name, set()).add(target.name)
    problems, unused = [], []
    for target in everything:
        swift, c = target.files(".swift"), target.files(".c", ".h")
        used = set()
        for path in swift:
            text = code(read(path))
            body = IMPORT.sub("", text)
            words = set(re.findall(r"\w+", body))
            after_dot = set(re.findall(r"\.(\w+)", body))
            for name in IMPORT.findall(text):
                if name in SYSTEM:
                    if not re.search(SYSTEM[name], body):
                        unused.append((path, name))
                    continue
                if name not in module:
                    problems.append(f"{path}: imports {name}, which is no target and not among the modules that this check knows")
                    continue
                other = module[name]
                used.add(other.name)
                if other.name not in target.dependencies:
                    problems.append(f"{path}: imports {name}, which {target.name} does not declare in Package.swift")
                alone = {n for n in members[other.name] if declaring[n] <= {other.name, target.name}}
                if not (outer[other.name] & words or alone & after_dot or alone & words):
                    unused.append((path, name))
        for path in c:
            included = set(re.findall(r'#include [<"]([\w.]+)[>"]', read(path)))
            used |= {name for name in target.dependencies if included & headers(by_name[name])}
        if not swift:
            used |= {o for o in target.dependencies if by_name[o].files(".swift")}
        for name in target.dependencies:
            if name not in used:
                problems.append(f"Package.swift: {target.name} declares {name}, but none of its files imports it")
    if sys.argv[1:] == ["--fix"]:
        remove(unused)
    else:
        problems += [f"{path}: imports {name}, but uses nothing of it" for path, name in unused]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
