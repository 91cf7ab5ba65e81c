# ruff: noqa: F403 (each part is a room of its own; here they are one)
from ntpages._native.processes.listing import *
from ntpages._native.processes.passages import *
from ntpages._native.processes.paths import *
from ntpages._native.processes.process import *
from ntpages._native.processes.scan import *
from ntpages._native.processes.strings import *
from ntpages._native.processes.values import *
