// working_sets/limits: between what sizes a working set is kept.
#pragma once

#include <windows.h>

#include <cstddef>
#include <optional>

#include "native/handle.hpp"

namespace ntpages {

struct Limits : Exposed {
    std::size_t minimum, maximum;  // bytes
    bool hard_minimum, hard_maximum;
};

Limits working_set_limits(DWORD pid);
// What is not given stays as it is. Returns what holds now: Windows may round.
Limits set_working_set_limits(DWORD pid, std::optional<std::size_t> minimum,
                              std::optional<std::size_t> maximum, std::optional<bool> hard_minimum,
                              std::optional<bool> hard_maximum);

}  // namespace ntpages
