// privileges/token: the privileges of the process token.
#pragma once

#include <windows.h>

#include <cstddef>
#include <string>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

struct Privilege : Exposed {
    std::string name;
    bool enabled, enabled_by_default, removed;
};

// Fails where Windows knows no privilege of this name.
LUID privilege_luid(const std::string& name);
std::vector<Privilege> held_privileges();
// Returns whether it was enabled before. Fails with ERROR_NOT_ALL_ASSIGNED if it is not held.
bool switch_privilege(const std::string& name, bool enable);
bool is_elevated();
// Whose token it is.
std::vector<std::byte> own_sid();

}  // namespace ntpages
