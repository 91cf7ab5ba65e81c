"""Completion of commands, options and names of processes in PowerShell; click has other shells'."""

from __future__ import annotations

import os
import re

from click.shell_completion import CompletionItem, ShellComplete, add_completion_class

_SOURCE = """\
Register-ArgumentCompleter -Native -CommandName %(prog_name)s -ScriptBlock {
    param($word, $line, $cursor)
    $env:%(complete_var)s = 'powershell_complete'
    $env:NTPAGES_LINE = $line.ToString()
    $env:NTPAGES_WORD = $word
    try {
        %(prog_name)s | ForEach-Object {
            $value, $help = $_ -split "`t", 2
            $told = if ($help) { $help } else { $value }
            [System.Management.Automation.CompletionResult]::new(
                $value, $value, 'ParameterValue', $told)
        }
    } finally {
        Remove-Item Env:%(complete_var)s, Env:NTPAGES_LINE, Env:NTPAGES_WORD -ErrorAction Ignore
    }
}
"""

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"?|'[^']*'?)+""")


class PowerShell(ShellComplete):
    """What PowerShell 5 and 7 are answered."""

    name = "powershell"
    source_template = _SOURCE

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is being typed, and that one."""
        line = os.environ.get("NTPAGES_LINE", "")
        words = [re.sub("[\"']", "", word) for word in _WORD.findall(line)]
        word = os.environ.get("NTPAGES_WORD", "")
        if word and words and words[-1] == word:
            words.pop()
        return words[1:], word

    def format_completion(self, item: CompletionItem) -> str:
        """Return one line: what may stand there, and what it means."""
        value = f"'{item.value}'" if " " in item.value else item.value
        return f"{value}\t{item.help or ''}".rstrip()


add_completion_class(PowerShell)
