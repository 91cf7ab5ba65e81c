// privileges/rights: which accounts the local security policy gives a privilege to.
#pragma once

#include <string>
#include <vector>

#include "native/handle.hpp"

namespace ntpages {

struct Account : Exposed {
    std::string name;  // domain\\name; the SID where the name can't be had
    std::string sid;
};

// A right that was taken from an account; it may not have had it.
struct Revoked {
    std::string account;
    bool held;
};

// The next logon of the account carries it. Without an account, the user's own. Returns its name.
std::string grant_privilege(const std::string& name, const std::string& account);
Revoked revoke_privilege(const std::string& name, const std::string& account);
std::vector<Account> accounts_with_privilege(const std::string& name);

}  // namespace ntpages
