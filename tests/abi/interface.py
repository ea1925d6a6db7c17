#!/usr/bin/env python3
"""Describes the binary interface of the public headers, and compares it with the description in interface.txt.

Lines for each class (size, members with their places, virtual functions with their numbers), for each enumeration, and
for each function that a header declares and libplexus exports. The facts are those of the compiler: the debugging
information of a source that includes every public header. An XML dump of the same by abidw takes 800 KB, for it has the
standard library in it; these lines can be read in a review.

    interface.py --source DIR --library LIBPLEXUS --compiler CXX [--renew]

Exit code 0: as described. 1: not. 77: another compiler than the description's, which names the same things otherwise.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

PUBLIC = "core/include/plexus"


def output_of(*command, text=None):
    words = [str(word) for word in command]
    return subprocess.run(words, input=text, check=True, stdout=subprocess.PIPE, text=True).stdout


def sdk_of(source):
    header = (source / PUBLIC / "version.hpp").read_text()
    return ".".join(re.search(rf"PLEXUS_SDK_{part} (\d+)", header)[1] for part in ("MAJOR", "MINOR"))


def is_released(source, sdk):
    """Whether some version of the SDK has left the house: CHANGELOG.md says of the others that they have not."""
    headings = re.findall(rf"^## {re.escape(sdk)}\.\d+.*$", (source / "CHANGELOG.md").read_text(), re.MULTILINE)
    return any("not yet released" not in heading for heading in headings)


def free_functions(source):
    names = set()
    for header in (source / PUBLIC).glob("*.hpp"):
        declared = re.finditer(r"^(?:\[\[nodiscard\]\] )?PLEXUS_API [^;{(]*?(\w+|operator\W+)\(", header.read_text(),
                               re.MULTILINE)
        names.update(match[1] for match in declared)
    return sorted(names)


def probe(source):
    """Includes all public headers. Functions are named, for the compiler describes no others."""
    lines = [f"#include <plexus/{header.name}>" for header in sorted((source / PUBLIC).glob("*.hpp"))]
    return "\n".join(lines + [f"using plexus::{name};" for name in free_functions(source)]) + "\n"


class Entry:
    """One entry of the debugging information."""

    def __init__(self, tag, parent):
        self.tag, self.parent, self.children, self.values = tag, parent, [], {}

    def get(self, name, otherwise=""):
        return self.values.get(name, otherwise)

    def number(self, name):
        return int(self.get(name, "0"), 0)


def entries_of(compiler, source):
    with tempfile.TemporaryDirectory() as folder:
        built = pathlib.Path(folder) / "probe.o"
        options = ["-std=c++20", "-g", "-gdwarf-5", "-femit-class-debug-always", "-fno-eliminate-unused-debug-types"]
        output_of(compiler, *options, "-I", source / "core/include", "-c", "-o", built, "-x", "c++", "-",
                  text=probe(source))
        dump = output_of("readelf", "--debug-dump=info", built)
    attribute = re.compile(r" +<[0-9a-f]+> +DW_AT_(\w+) *: (?:\((?:\w+|[a-z ]+, offset: \w+)\):? )?(.*?)\s*$")
    entries, path, entry = {}, [], None
    for line in dump.splitlines():
        if match := re.match(r" <([0-9a-f]+)><([0-9a-f]+)>: Abbrev Number: \d+(?: \(DW_TAG_(\w+)\))?", line):
            if match[3]:
                depth = int(match[1], 16)
                del path[depth:]
                entry = Entry(match[3], path[-1] if path else None)
                if path:
                    path[-1].children.append(entry)
                path.append(entry)
                entries[match[2]] = entry
        elif entry and (match := attribute.match(line)):
            entry.values[match[1]] = match[2]
    return entries


def readable(name):
    for long, short in ((r"::__cxx11\b|\[abi:cxx11\]", ""),
                        (r"std::basic_string<char, std::char_traits<char>, std::allocator<char> ?>", "std::string"),
                        (r"std::basic_string_view<char, std::char_traits<char> ?>", "std::string_view"),
                        (r", 18446744073709551615ul", "")):  # a span's size that is not fixed
        name = re.sub(long, short, name)
    # The allocator and the deleter that a container has anyway.
    while (shorter := re.sub(r", std::(?:allocator|default_delete)<[^<>]*(?:<[^<>]*>[^<>]*)*> ?>", ">", name)) != name:
        name = shorter
    return name.replace("> >", ">>")


def qualified(entry):
    outer = entry.parent and entry.parent.tag in ("namespace", "class_type", "structure_type")
    return (qualified(entry.parent) + "::" if outer else "") + entry.get("name", "(unnamed)")


def type_name(entries, entry):
    match = re.search(r"<0x([0-9a-f]+)>", entry.get("type"))
    if not match:
        return "void"
    type_ = entries[match[1]]
    suffix = {"pointer_type": "*", "reference_type": "&", "rvalue_reference_type": "&&", "const_type": " const"}
    if type_.tag in suffix:
        return type_name(entries, type_) + suffix[type_.tag]
    if type_.tag == "array_type":
        return type_name(entries, type_) + "".join(f"[{part.number('upper_bound') + 1}]" for part in type_.children)
    if type_.tag == "subroutine_type":
        return "function"
    return readable(qualified(type_))


def facts_of_class(entries, entry):
    name = qualified(entry)
    members = [part for part in entry.children if part.tag == "member" and "data_member_location" in part.values]
    virtual = [part for part in entry.children if part.tag == "subprogram" and "virtuality" in part.values]
    yield f"class {name}: {entry.number('byte_size')} bytes, {len(members)} members, {len(virtual)} virtual functions"
    for part in entry.children:
        if part.tag == "inheritance":
            yield f"  {name}: base {type_name(entries, part)} at {part.number('data_member_location')}"
    for part in members:
        yield f"  {name}: {part.get('name')} at {part.number('data_member_location')}, {type_name(entries, part)}"
    for part in virtual:
        # A destructor has two numbers, of which none is written.
        number = re.search(r"DW_OP_constu: (\d+)", part.get("vtable_elem_location"))
        yield f"  {name}: virtual {number[1] if number else 'destructor'} {part.get('linkage_name')}"


def facts_of_enumeration(entry):
    values = [part for part in entry.children if part.tag == "enumerator"]
    yield f"enum {qualified(entry)}: {entry.number('byte_size')} bytes, {len(values)} values"
    for part in values:
        yield f"  {qualified(entry)}: {part.get('name')} = {part.number('const_value')}"


def exported_functions(library, declared, classes):
    """What the headers declare, and what belongs to their classes: type information, specialised templates."""
    # Weak ones are of inline functions: they are there or not as the optimiser likes, and whoever uses one has it.
    rows = [line.split() for line in output_of("nm", "-D", "--defined-only", library).splitlines()]
    symbols = [symbol for _, kind, symbol in rows if kind not in "Wu"]
    for symbol, name in zip(symbols, output_of("c++filt", text="\n".join(symbols)).splitlines()):
        of_class = re.match(r"(?:vtable|typeinfo) for ([\w:]+)$", name) or re.search(r"(plexus::[\w:]+)::\w+<", name)
        if symbol in declared or (of_class and of_class[1] in classes) or name.startswith("plexus::operator=="):
            yield f"function {name}"


def describe(compiler, source, library):
    entries = entries_of(compiler, source)
    facts, declared, classes = [], set(), set()
    for entry in entries.values():
        if entry.tag == "subprogram" and entry.get("linkage_name"):
            declared.add(entry.get("linkage_name"))
            # A constructor and a destructor have several forms, of which the declaration names none.
            declared.update(re.sub(r"([CD])4", rf"\g<1>{form}", entry.get("linkage_name")) for form in "012")
        if not qualified(entry).startswith("plexus::") or "byte_size" not in entry.values or "<" in qualified(entry):
            continue
        if entry.tag in ("class_type", "structure_type"):
            classes.add(qualified(entry))
            facts.append("\n".join(facts_of_class(entries, entry)))
        elif entry.tag == "enumeration_type":
            facts.append("\n".join(facts_of_enumeration(entry)))
    declared = {name for name in declared if re.match("_ZNK?[RO]?6plexus", name)}
    functions = sorted(set(exported_functions(library, declared, classes)))
    for name in free_functions(source):
        if not any(re.match(rf"function plexus::{re.escape(name)}[\[(]", function) for function in functions):
            raise SystemExit(f"plexus::{name}() is declared, but {library} does not export it")
    return [readable(line) for line in output_of("c++filt", text="\n".join(sorted(facts) + functions)).splitlines()]


def head_of(compiler, source):
    version = output_of(compiler, "-dumpversion").split(".")[0]
    return f"SDK {sdk_of(source)}, {output_of(compiler, '-dumpmachine').strip()}, compiler {version.strip()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--library", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--described", type=pathlib.Path, default=pathlib.Path(__file__).with_name("interface.txt"))
    parser.add_argument("--renew", action="store_true")
    arguments = parser.parse_args()
    source, described = arguments.source, arguments.described

    head = head_of(arguments.compiler, source)
    old_head, *old = described.read_text().splitlines() if described.exists() else [head]
    if head.split(", ")[1:] != old_head.split(", ")[1:]:
        print(f"described: {old_head}; here: {head}")
        return 77
    new = describe(arguments.compiler, source, arguments.library)
    gone = [line for line in old if line not in set(new)]
    added = [line for line in new if line not in set(old)]
    sdk = sdk_of(source)
    same_sdk = head == old_head
    broken = bool(gone) and same_sdk and is_released(source, sdk)
    for mark, lines in (("-", gone), ("+", added)):
        for line in lines:
            print(mark, line)
    if broken:
        print(f"Plugins of SDK {sdk} would not fit any more. Raise the SDK number in {PUBLIC}/version.hpp, or undo it.")
        return 1
    if arguments.renew:
        described.write_text("\n".join([head, *new]) + "\n")
        return 0
    if gone or added or not same_sdk:
        print(f"described is {old_head}, this is {head}.\nIf that is meant: cmake --build BUILD --target renew_abi")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
