"""What a run's results look like: as a table, as Markdown, as a plot."""
import pathlib
import subprocess

from machine import WORK, Failure

def judge(results):
    """Adds to each target what was reached, and whether that is enough."""
    for row in results["rows"]:
        by_name = {contender["name"]: contender for contender in row["contenders"]}
        for target in row["targets"]:
            target.update(reached(row, target, by_name))


def figure(row, contender, of="value"):
    return contender[of][row["best"]]


def reached(row, target, by_name):
    ours = figure(row, by_name[target["who"]], target["of"])
    peer = best_peer(row, target["against"], by_name)
    value = ours / figure(row, peer, target["of"]) if peer else ours
    met = value >= target["bound"] if target["better"] == "more" else value <= target["bound"]
    return {"value": value, "peer": peer["name"] if peer else None, "met": met}


def best_peer(row, names, by_name):
    if not names:
        return None
    peers = [contender for contender in by_name.values() if not contender["ours"]
             and contender["name"] in names]
    pick = max if row["better"] == "more" else min
    return pick(peers, key=lambda contender: figure(row, contender))


def number(value):
    """Three digits that mean something."""
    if value >= 1000:
        return f"{round(value, -2):,.0f}".replace(",", " ")
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def against_ours(row, contender):
    """How many times as much as mscomm."""
    ours = next((figure(row, one) for one in row["contenders"] if one["ours"]), 0)
    if contender["ours"] or not ours:
        return ""
    ratio = figure(row, contender) / ours
    return f"{ratio:.2f} ×" if ratio >= 0.01 else f"{ratio:.1g} ×"


def verdict(target):
    shown = f"{target['value']:.2f}"
    peer = f" × {target['peer']}" if target["peer"] else ""
    return f"{target['text']}: {shown}{peer}, {'met' if target['met'] else 'NOT met'}"


def about(results):
    machine = results["machine"]
    versions = machine["packages"]
    return [f"{machine['mscomm']} ({machine['commit']}), {machine['date']}, "
            f"{machine['cores']} cores ({machine['processor']}),",
            f"nginx {versions['nginx']} and RabbitMQ {versions['rabbitmq-server']} on the same "
            f"machine; medians of {results['runs']} run{'s' if results['runs'] > 1 else ''}, "
            "alternating"]


def table(results):
    lines = about(results)
    for row in results["rows"]:
        lines += ["", f"{row['name']}: {row['title']}", f"  {'':24}{row['unit']:>14}"
                  f"{'to mscomm':>12}{'CPU µs':>10}{'seconds':>10}"]
        for one in row["contenders"]:
            cpu, seconds = one["cpu_us"]["median"], one["seconds"]["median"]
            lines.append(f"  {one['name']:24}{number(figure(row, one)):>14}"
                         f"{against_ours(row, one):>12}{number(cpu) if cpu else '':>10}"
                         f"{f'{seconds:.3f}' if seconds else '':>10}  {one['note']}".rstrip())
        lines += [f"  {verdict(target)}" for target in row["targets"]]
    return "\n".join(lines)


def markdown(results):
    lines = ["| | mscomm | others |", "|---|---|---|"]
    for row in results["rows"]:
        ours, others = [], []
        for one in row["contenders"]:
            name = label(one).removeprefix("mscomm").strip(" -")
            cell = f"{name} {number(figure(row, one))}".strip()
            (ours if one["ours"] else others).append(cell)
        unit = "" if row["unit"] in row["title"] else f", {row['unit']}"
        lines.append(f"| {row['title']}{unit} | {', '.join(ours)} | {', '.join(others)} |")
    return "\n".join([*lines, "", " ".join(about(results)) + "."])


def label(contender):
    return contender["name"] + (", unconfirmed" if "unconfirmed" in contender["note"] else "")


def bars(row):
    """Best first, as gnuplot reads them: place, rate, whose, name."""
    order = sorted(row["contenders"], key=lambda one: -figure(row, one))
    return "".join(f'{place} {figure(row, one):.0f} {int(one["ours"])} "{label(one)}"\n'
                   for place, one in enumerate(order))


def plot(results, path):
    """Of the rows that tell a rate, those that were measured."""
    drawable = [row for row in results["rows"] if row["name"] in ("load", "publish", "consume")]
    if not drawable:
        raise Failure("the plot needs one of the rows load, publish and consume")
    for row in drawable:
        (WORK / f"{row['name']}.dat").write_text(bars(row))
    works = f'works = "{" ".join(row["name"] for row in drawable)}"'
    script = pathlib.Path(__file__).with_name("plot.gnuplot")
    drawn = subprocess.run(["gnuplot", "-e", works, script], cwd=WORK, stdout=subprocess.PIPE,
                           check=False)
    if drawn.returncode != 0:
        raise Failure("gnuplot fails")
    pathlib.Path(path).write_bytes(drawn.stdout)
