# ruff: noqa: F403 (each part is a room of its own; here they are one)
from ntpages._native.sections.ring import *
from ntpages._native.sections.section import *
from ntpages._native.sections.view import *
