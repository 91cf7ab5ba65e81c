"""What may be typed: examples of every command, shown below its options."""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "bench": ("bench --quick --noun heaps", "bench --report results"),
    "clean": ("clean --steps purge-low-priority-standby", "clean --all --keep-going --dry-run"),
    "defrag": ("defrag --dry-run", "defrag --refaults 30 --elevate", "defrag --picture gain.png"),
    "doctor": ("doctor", "doctor --verify --report doctor.md"),
    "dsc": ("dsc test limits", "dsc set privilege"),
    "files": (
        "files",
        "files *.pak --sort standby",
        "files --columns standby,path --csv files.csv",
    ),
    "files diff": ("files diff before.json after.json",),
    "files drop": (r"files drop D:\data\table.parquet",),
    "guard": ("guard", "guard run --policy gaming --dry-run"),
    "guard check": ("guard check gaming", "guard check my.toml"),
    "guard install": (
        r"guard install --policy C:\Rules\mine.toml",
        "guard install --policy terminal-server --name keeper",
        "guard install --task --policy gaming",
    ),
    "guard log": ("guard log --limit 5",),
    "guard policies": ("guard policies", "guard policies gaming"),
    "guard report": ("guard report", "guard report --picture gains.png"),
    "guard run": ("guard run --policy my.toml", "guard run --policy gaming --once"),
    "guard start": ("guard start", "guard start --task"),
    "guard status": ("guard status", "guard status --json"),
    "guard stop": ("guard stop",),
    "guard uninstall": ("guard uninstall", "guard uninstall --name keeper"),
    "heap": ("heap chrome.exe", "heap walk chrome.exe --histogram"),
    "heap diff": ("heap diff before.json after.json --top 20",),
    "heap image": (
        "heap image game.exe",
        "heap image game.exe --segment-heap on --dry-run",
        "heap image game.exe --debug user-stack-traces --stack-database 64M",
    ),
    "heap list": (
        "heap list 4711 --clone",
        "heap list game.exe --watch 5 --picture heaps.png",
    ),
    "heap machine": ("heap machine", "heap machine --segment-heap default --dry-run"),
    "heap walk": (
        "heap walk game.exe --histogram",
        "heap walk game.exe --json",
        "heap walk game.exe --sort size --top 20",
        "heap walk game.exe --heap 0x1f0000 --csv blocks.csv",
        "heap walk game.exe --picture heaps.png",
    ),
    "limits": ("limits sqlservr.exe", "limits chrome.exe --max 512M --hard-max"),
    "lists": ("lists", "lists --picture lists.png", "lists --watch 5 --csv lists.csv"),
    "map": (
        "map chrome.exe",
        "map 4711 --sort private --min-size 1M",
        "map 4711 --regions --use heap",
        "map 4711 --min-size 1G --csv regions.csv",
        "map 4711 --picture map.html",
    ),
    "map diff": ("map diff before.json after.json",),
    "metrics": (
        "metrics",
        "metrics --serve 9189",
        r"metrics --textfile C:\metrics",
        "metrics --families",
    ),
    "numa": ("numa", "numa --csv -"),
    "pools": ("pools --top 10", "pools --watch 60"),
    "privileges": ("privileges", "privileges accounts SeLockMemoryPrivilege"),
    "privileges accounts": ("privileges accounts SeLockMemoryPrivilege",),
    "privileges grant": ("privileges grant SeLockMemoryPrivilege --account Users",),
    "privileges revoke": ("privileges revoke SeLockMemoryPrivilege",),
    "ps": (
        "ps --top 10",
        "ps chrome* --sort private_working_set",
        "ps --columns pid,name,commit --watch 5",
        "ps --watch 60 --csv processes.csv",
        "ps chrome* --watch 5 --picture chrome.png",
    ),
    "read": ("read game.exe 0x7ffe0000 64", "read 4711 0x7ffe0000 4K --raw"),
    "scan": (
        'scan game.exe --hex "48 8B ? ?? 05"',
        "scan game.exe --text password --ignore-case",
        "scan game.exe --integer 1234 --writable",
        "scan game.exe --kind int32 --value 100 --session health",
        "scan game.exe --session health --next decreased",
    ),
    "strings": ("strings notepad.exe --minimum 8", "strings 4711 --limit 100"),
    "system": ("system", "system --watch 5 --picture memory.png"),
    "top": ("top", "top --filter chrome --sort private_working_set"),
    "trim": (
        "trim notepad.exe",
        "trim --where * --except game.exe --idle 60 --dry-run",
    ),
    "where": ("where", "where --processes --files --top 5", "where --picture where.png"),
}
"""By command. Quoted as cmd and PowerShell both understand it."""


def section(command: str) -> str:
    """Return the lines below a command's options, which click shall not join."""
    return "\n".join(["\b", "Examples:", *(f"  ntpages {each}" for each in EXAMPLES[command])])
