# ruff: noqa: F403 (each part is a room of its own; here they are one)
from ntpages._native.heaps.block import *
from ntpages._native.heaps.global_memory import *
from ntpages._native.heaps.heap import *
from ntpages._native.heaps.pool import *
from ntpages._native.heaps.remote import *
from ntpages._native.heaps.sums import *
from ntpages._native.heaps.walk import *
