// privileges/token: the privileges of the process token, and the local security policy.
#pragma once

#include <string>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

struct Privilege : Exposed {
    std::string name;
    bool enabled, enabled_by_default, removed;
};

std::vector<Privilege> held_privileges();
// Returns whether it was enabled before. Fails with ERROR_NOT_ALL_ASSIGNED if it is not held.
bool switch_privilege(const std::string& name, bool enable);
bool is_elevated();
// Gives the account the right through the local security policy; its next logon carries it.
// Without an account, the user's own. Returns the account's name.
std::string grant_privilege(const std::string& name, const std::string& account);

}  // namespace ntpages
