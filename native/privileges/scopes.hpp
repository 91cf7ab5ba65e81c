// privileges/scopes: privileges that are enabled for the length of a block.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "native/handle.hpp"
#include "native/lock.hpp"

namespace ntpages {

// The token belongs to the whole process: where two blocks need the same privilege, the first to
// end must not switch it off under the other. The last one puts back what the first one found.
//
// An interrupt may come between any two steps of Python's, so entering and leaving are one step
// each, and a block that was not left is left when it is forgotten. Where Windows refuses to switch
// a privilege off again, what it was is not forgotten: the end of every later block tries again.
class EnabledPrivileges : public Exposed {
public:
    explicit EnabledPrivileges(std::vector<std::string> names) : names_(std::move(names)) {}
    ~EnabledPrivileges();
    EnabledPrivileges(const EnabledPrivileges&) = delete;
    EnabledPrivileges& operator=(const EnabledPrivileges&) = delete;

    void enter();  // all of them, or none
    void leave();  // each of them; then throws the first refusal

private:
    void leave_all();

    SlimLock turn_;  // to enter or to leave, one thread after the other
    const std::vector<std::string> names_;
    std::size_t entered_ = 0;  // of the names, from the first on
};

// Switches for good. A block that is open keeps the privilege on until it ends.
void switch_for_good(const std::string& name, bool enable);

}  // namespace ntpages
