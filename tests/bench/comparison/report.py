"""From raw rounds to Markdown: medians, percentiles, ratios, shares, memory, and the facts of the machine."""

import os
import pathlib
import platform
import statistics

BEGIN, END = "<!-- compare: begin -->", "<!-- compare: end -->"
BUSY = 0.2  # cores of other processes from which on a round is not to be trusted


def percentile(values, share):
    """With straight lines between the sorted values, which lie at shares 0 to 1."""
    values = sorted(values)
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def machine():
    """What a reader has to know of the machine."""
    model = platform.processor() or "unknown processor"
    information = pathlib.Path("/proc/cpuinfo")
    if information.is_file():
        facts = dict(line.split(":", 1) for line in information.read_text().splitlines() if ":" in line)
        facts = {key.strip(): value.strip() for key, value in facts.items()}
        model = facts.get("model name", model)
        if "cpu family" in facts:
            model += f" (family {facts['cpu family']}, model {facts.get('model', '?')})"
        flags = facts.get("flags", "").split()
        wide = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
        model += ", " + (" ".join(wide) or "no AVX2")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = platform.system()
    release = pathlib.Path("/etc/os-release")
    if release.is_file():
        names = [line.split("=", 1)[1].strip('"') for line in release.read_text().splitlines()
                 if line.startswith("PRETTY_NAME=")]
        system = names[0] if names else system
    return {"processor": model, "cores": len(os.sched_getaffinity(0)), "memory_gib": round(memory, 1),
            "system": system}


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def speeds(rounds, row, name):
    return [one[row][name]["items_per_second"] for one in rounds if name in one.get(row, {})]


def speed_cell(rounds, row, name):
    values = speeds(rounds, row, name)
    return f"{number(statistics.median(values))} ({number(percentile(values, 0.05))})" if values else "-"


def ratio(rounds, row, name):
    """The median of what ours was faster by, round by round: both saw the same minutes of the machine."""
    both = [one[row]["ours"]["items_per_second"] / one[row][name]["items_per_second"]
            for one in rounds if {"ours", name} <= set(one.get(row, {}))]
    return statistics.median(both) if both else None


def share_cell(rounds, row):
    shares = [one[row]["ours"]["share_of_limit"] for one in rounds
              if one.get(row, {}).get("ours", {}).get("share_of_limit")]
    return f"{100 * statistics.median(shares):.0f} %" if shares else "-"


def table(head, lines):
    rows = ["| " + " | ".join(line) + " |" for line in [head, *lines]]
    return [rows[0], "|" + "---|" * len(head), *rows[1:]]


def speed_table(result):
    rounds, peers = result["rounds"], result["peers"]
    head = ["row", "ours", "share of the limit"]
    for name in peers:
        head += [name, "ours is faster by"]
    lines = []
    for row in result["rows"]:
        line = [f"`{row}`", speed_cell(rounds, row, "ours"), share_cell(rounds, row)]
        for name in peers:
            by = ratio(rounds, row, name)
            failed = name in result["failures"].get(row, {})
            line += ["failed" if failed else speed_cell(rounds, row, name), "-" if by is None else f"{by:.2f}"]
        lines.append(line)
    return table(head, lines)


def memory_table(result):
    """Of the training steps of VGG-16, whose memory is worth a look."""
    names = ["ours", *result["peers"]]
    lines = []
    for row in result["rows"]:
        measured = [one[row] for one in result["rounds"] if row in one]
        if not row.startswith("vgg16") or not any(one.get("ours", {}).get("training") for one in measured):
            continue
        cells = []
        for name in names:
            values = [one[name]["memory_mib"] for one in measured if one.get(name, {}).get("memory_mib") is not None]
            cells.append(f"{statistics.median(values):,.0f} MiB" if values else "-")
        lines.append([f"`{row}`", *cells])
    return table(["row", *names], lines) if lines else []


def notes(result):
    """What a reader of the tables has to know besides."""
    lines = []
    for row in result["rows"]:
        flags = [one[row]["ours"].get("disturbed") for one in result["rounds"] if "ours" in one.get(row, {})]
        if any(flags):
            lines.append(f"- `{row}`: the runner found the machine disturbed in {sum(map(bool, flags))} of "
                         f"{len(flags)} rounds.")
        busy = [max([one.get("others", 0) for one in each[row].values()], default=0)
                for each in result["rounds"] if row in each]
        if any(share > BUSY for share in busy):
            lines.append(f"- `{row}`: other processes kept up to {max(busy):.1f} cores busy, and more than {BUSY} in "
                         f"{sum(share > BUSY for share in busy)} of {len(busy)} rounds; threads that wait by spinning "
                         "suffer most.")
        for name, reason in result["failures"].get(row, {}).items():
            reason = reason.replace("|", "/").replace("`", "'")
            lines.append(f"- `{row}`: {name} failed: {reason}")
    return lines


def settings_table(result):
    lines = [[f"`{row}`", name, f"`{setting}`"] for row in result["rows"]
             for name, setting in result["settings"].get(row, {}).items() if setting]
    return table(["row", "peer", "its best setting"], lines) if lines else []


def markdown(result):
    facts = result["machine"]
    count = len(result["rounds"])
    who = "Ours and the peers" if result["peers"] else "Ours alone: no peer was installed;"
    text = [f"{facts['processor']}; {facts['cores']} cores, {facts['memory_gib']:g} GiB, {facts['system']}; "
            f"{result['threads']} threads.",
            f"{who} in turn, {count} {'round' if count == 1 else 'rounds'} of {result['seconds']:g} s each. Samples "
            "per second: the median of the rounds,",
            "and in brackets their 5th percentile, the speed that a slow round has. The ratio is the median of the "
            "rounds' ratios.", "", *speed_table(result)]
    if said := notes(result):
        text += ["", *said]
    if memory := memory_table(result):
        text += ["", "Peak memory of the process, above that of the program with its libraries and nothing to do:", "",
                 *memory]
    if settings := settings_table(result):
        text += ["", "Each peer at the best of its settings, which a sweep found for each row:", "", *settings]
    return "\n".join(text) + "\n"


def write_between(page, text):
    """Puts the text between the two marks of a page; says what is wrong with the page, or None."""
    old = page.read_text() if page.is_file() else ""
    if old.count(BEGIN) != 1 or old.count(END) != 1 or old.index(BEGIN) > old.index(END):
        return f"{page} has no pair of lines '{BEGIN}' and '{END}'"
    before, after = old[: old.index(BEGIN)], old[old.index(END):]
    page.write_text(f"{before}{BEGIN}\n{text}{after}")
    return None
