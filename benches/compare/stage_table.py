"""Makes the table of docs/PERFORMANCE.md from what `cargo bench` prints.

Usage: cargo bench | stage_table.py
"""
import re
import sys


def rows(lines):
    """Every bench with its fastest and median time, rate, allocations and bytes allocated."""
    path, found_rows, wanted = [], [], 0
    for line in lines:
        found = re.match(r"([│ ]*)[├╰]─ (.+?)(?:  +|$)(.*)", line)
        cells = [cell.strip() for cell in (found[3] if found else line.lstrip("│ ")).split("│")]
        if found:
            depth = len(found[1]) // 3
            path[depth:] = [found[2]]
            if len(cells) > 2 and cells[0]:
                name = f"{path[0]}: {' '.join(path[1:])}"
                found_rows.append({"name": name, "times": [cells[0], cells[2]], "rate": "", "alloc": ["", ""]})
        elif not found_rows:
            continue
        elif cells[0].endswith(":"):
            wanted = 2 if cells[0] == "alloc:" else 0
        elif cells[0].endswith("/s"):
            found_rows[-1]["rate"] = cells[0]
        elif wanted:
            found_rows[-1]["alloc"][-wanted] = cells[0]
            wanted -= 1
    return found_rows


def main():
    for line in sys.stdin:
        if line.startswith("stages"):
            break
    print("| stage | fastest | median | rate | allocations | allocated |\n|---|---:|---:|---:|---:|---:|")
    for row in rows(sys.stdin):
        cells = [row["name"], *row["times"], row["rate"], *row["alloc"]]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
