"""`runner plugins --graph-schema` knows what a graph file may hold: it accepts each graph that ships, each of
tests/graphs/good, what they expand to, and the examples of docs/reference; it refuses those of tests/graphs/bad that are
wrong in form.

    /usr/bin/python3 graph_schema_test.py RUNNER REPOSITORY     with Debian's python3-jsonschema and python3-yaml
"""

import json
import pathlib
import re
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError as error:
    print(f"left out: {error}; scripts/install-dependencies installs it")
    sys.exit(77)

# What is wrong with the other files of tests/graphs/bad, a schema cannot say: shapes, references, files, YAML itself.
REFUSED = """
attribute_of_optimizer_in_train attributes_not_indented batch_of_zero block_without_nodes empty key_of_another_section
metric_as_layer missing_attribute misspelt_attribute misspelt_train_key name_beside_node rate_too_large repeat_zero
unknown_layer unknown_metric unknown_optimizer unknown_precision unknown_schedule unknown_section unknown_source
""".split()


class Loader(yaml.SafeLoader):
    """Plexus's words and numbers, which are not YAML 1.1's: `yes` and `0x10` are text, `1e3` is a number."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("null", r"null|~|", ["n", "~", ""]),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def main(runner, repository):
    faults = []

    def output(*words):
        outcome = subprocess.run([runner, *words], capture_output=True, text=True)
        if outcome.returncode:
            faults.append(f"runner {' '.join(words)}: {outcome.stderr.strip()}")
        return outcome.stdout

    schema = json.loads(output("plugins", "--graph-schema"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)

    def errors_of(text):
        return [f"{'.'.join(map(str, error.path))}: {error.message[:200]}" for error in
                validator.iter_errors(yaml.load(text, Loader))]

    graphs = repository / "tests/graphs"
    accepted = [*repository.glob("graphs/*.yaml"), *repository.glob("graphs/bench/*.yaml"), *graphs.glob("good/*.yaml")]
    for file in sorted(accepted):
        faults += [f"{file} is refused: {error}" for error in errors_of(file.read_text())]
        if expanded := output("draw", str(file), "--expand"):
            faults += [f"{file}, expanded, is refused: {error}" for error in errors_of(expanded)]
    for name in REFUSED:
        file = graphs / "bad" / f"{name}.yaml"
        if not errors_of(file.read_text()):
            faults.append(f"{file} is accepted")

    pages = sorted(repository.glob("docs/reference/*/*.md"))
    for page in pages:
        text = page.read_text()
        kind = re.search("^Kind: (.+?)\\. ", text, re.MULTILINE)[1].replace(" ", "")
        example = yaml.load(re.search("^```\n(.*?)^```\n", text, re.MULTILINE | re.DOTALL)[1], Loader)
        if "..." in str(example):  # a type that only who writes the graph can choose
            continue
        rule = {**schema, "properties": {"example": {"$ref": f"#/definitions/{kind}"}}, "required": ["example"]}
        for error in jsonschema.Draft7Validator(rule).iter_errors({"example": example}):
            faults.append(f"{page}: the example is refused: {error.message[:200]}")

    print(*faults, sep="\n")
    print(f"{len(accepted)} graphs and {len(pages)} examples accepted, {len(REFUSED)} refused, {len(faults)} faults")
    return 1 if faults or len(accepted) < 10 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], pathlib.Path(sys.argv[2])))
