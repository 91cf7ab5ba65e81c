# ruff: noqa: F403 (each part is a room of its own; here they are one)
from ntpages._native.regions.placeholder import *
from ntpages._native.regions.prefetch import *
from ntpages._native.regions.region import *
from ntpages._native.regions.request import *
from ntpages._native.regions.scopes import *
from ntpages._native.regions.walk import *
