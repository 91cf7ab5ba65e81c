// working_sets/limits: between what sizes a working set is kept.
#include "native/working_sets/limits.hpp"

#include <string>

#include "native/processes/process.hpp"

namespace ntpages {
namespace {

Limits read_limits(const Handle& process, DWORD pid) {
    SIZE_T minimum = 0;
    SIZE_T maximum = 0;
    DWORD flags = 0;
    if (!GetProcessWorkingSetSizeEx(process.get(), &minimum, &maximum, &flags)) {
        refuse(pid, "GetProcessWorkingSetSizeEx");
    }
    Limits limits;
    limits.minimum = minimum;
    limits.maximum = maximum;
    limits.hard_minimum = (flags & QUOTA_LIMITS_HARDWS_MIN_ENABLE) != 0;
    limits.hard_maximum = (flags & QUOTA_LIMITS_HARDWS_MAX_ENABLE) != 0;
    return limits;
}

}  // namespace

Limits working_set_limits(DWORD pid) {
    return read_limits(open_process(pid, PROCESS_QUERY_LIMITED_INFORMATION), pid);
}

Limits set_working_set_limits(DWORD pid, std::optional<std::size_t> minimum,
                              std::optional<std::size_t> maximum, std::optional<bool> hard_minimum,
                              std::optional<bool> hard_maximum) {
    const auto process = open_process(pid, PROCESS_SET_QUOTA | PROCESS_QUERY_LIMITED_INFORMATION);
    const auto before = read_limits(process, pid);
    DWORD flags = 0;
    if (hard_minimum) {
        flags |= *hard_minimum ? QUOTA_LIMITS_HARDWS_MIN_ENABLE : QUOTA_LIMITS_HARDWS_MIN_DISABLE;
    }
    if (hard_maximum) {
        flags |= *hard_maximum ? QUOTA_LIMITS_HARDWS_MAX_ENABLE : QUOTA_LIMITS_HARDWS_MAX_DISABLE;
    }
    const auto least = minimum.value_or(before.minimum);
    const auto most = maximum.value_or(before.maximum);
    if (!SetProcessWorkingSetSizeEx(process.get(), least, most, flags)) {
        constexpr auto call = "SetProcessWorkingSetSizeEx";
        const auto code = GetLastError();
        if (code == ERROR_PRIVILEGE_NOT_HELD) fail(call, code, "SeIncreaseWorkingSetPrivilege");
        // The other limit, which the caller may not have thought of, is most often why.
        if (code == ERROR_INVALID_PARAMETER && !has_exited(pid)) {
            fail(call, code,
                 "pid " + std::to_string(pid) + ", minimum " + std::to_string(least) +
                     " and maximum " + std::to_string(most) + " bytes");
        }
        refuse(pid, call, code);
    }
    return read_limits(process, pid);
}

}  // namespace ntpages
