"""Draws the graph of targets from Package.swift into docs/architecture.md, between two markers.

    python3 tools/target_graph.py            prints what belongs between the markers
    python3 tools/target_graph.py --write    puts it there
    python3 tools/target_graph.py --check    fails where the document says something else

The picture leaves out an arrow where a longer way leads to the same target; the table below it has all of them.
"""
import os
import sys

from targets import ROOT, read, targets

DOCUMENT = "docs/architecture.md"
BEGIN, END = "<!-- begin: targets (tools/target_graph.py) -->", "<!-- end: targets -->"


def reachable(graph, start):
    seen, waiting = set(), list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph[name]
    return seen


def drawing():
    shown = [target for target in targets() if not target.is_test]
    graph = {target.name: target.dependencies for target in shown}
    lines = ["```mermaid", "flowchart BT"]
    for target in shown:
        opening, closing = ("([", "])") if target.kind == "system" else ("[", "]")
        lines.append(f"    {identifier(target.name)}{opening}{target.name}{closing}")
    for target in shown:
        direct = [d for d in target.dependencies if not any(d in reachable(graph, o) for o in target.dependencies if o != d)]
        lines += [f"    {identifier(target.name)} --> {identifier(name)}" for name in direct]
    lines += ["```", "", "| target | depends on |", "|---|---|"]
    for target in shown:
        lines.append(f"| `{target.name}` | {', '.join(f'`{name}`' for name in target.dependencies) or 'nothing'} |")
    return "\n".join(lines) + "\n"


def identifier(name):
    return name.replace("-", "_")


def main():
    wanted = drawing()
    if len(sys.argv) == 1:
        print(wanted, end="")
        return 0
    text = read(DOCUMENT)
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        print(f"{DOCUMENT} has no place for the targets: a line '{BEGIN}' and a line '{END}'")
        return 1
    before, rest = text.split(BEGIN)
    found, after = rest.split(END)
    if sys.argv[1] == "--write":
        with open(os.path.join(ROOT, DOCUMENT), "w", encoding="utf-8") as file:
            file.write(f"{before}{BEGIN}\n{wanted}{END}{after}")
        return 0
    if found.lstrip("\n") != wanted:
        print(f"{DOCUMENT}: the targets are not those of Package.swift; 'python3 tools/target_graph.py --write' draws them anew")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
