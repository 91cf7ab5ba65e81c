// privileges/scopes: who needs what right now, and what it was before.
#include "native/privileges/scopes.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <stdexcept>

#include "native/error.hpp"
#include "native/privileges/token.hpp"

namespace ntpages {
namespace {

struct Standing {
    std::size_t blocks = 0;    // none, where it could not be switched off again
    bool was_enabled = false;  // before the first of them
};

struct Standings {
    SlimLock lock;
    std::map<std::string, Standing> by_name;
};

Standings& standings() {
    static Standings all;
    return all;
}

std::string key_of(const std::string& name) {
    auto key = name;
    std::ranges::transform(key, key.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return key;
}

void enter_one(const std::string& name) {
    auto& all = standings();
    const std::scoped_lock lock(all.lock);
    const auto [found, is_new] = all.by_name.try_emplace(key_of(name));
    auto& standing = found->second;
    if (standing.blocks == 0) {
        try {
            const auto was_enabled = switch_privilege(name, true);
            if (is_new) standing.was_enabled = was_enabled;  // else it is on by our own doing
        } catch (...) {
            if (is_new) all.by_name.erase(found);
            throw;
        }
    }
    ++standing.blocks;
}

void leave_one(const std::string& name) {
    auto& all = standings();
    const std::scoped_lock lock(all.lock);
    const auto found = all.by_name.find(key_of(name));
    if (--found->second.blocks == 0) {
        if (!found->second.was_enabled) switch_privilege(name, false);
        all.by_name.erase(found);
    }
    std::erase_if(all.by_name, [](const auto& each) {
        if (each.second.blocks != 0) return false;
        try {
            switch_privilege(each.first, false);
        } catch (const Error&) {
            return false;
        }
        return true;
    });
}

}  // namespace

EnabledPrivileges::~EnabledPrivileges() {
    try {
        leave();
    } catch (const std::exception&) {  // to be tried again, at the end of another block
    }
}

void EnabledPrivileges::enter() {
    const std::scoped_lock lock(turn_);
    if (entered_ != 0) throw std::logic_error("the block is entered already");
    try {
        for (const auto& name : names_) {
            enter_one(name);
            ++entered_;
        }
    } catch (const std::exception&) {
        const auto refusal = std::current_exception();
        try {
            leave_all();
        } catch (const std::exception&) {  // why it was not entered matters more
        }
        std::rethrow_exception(refusal);
    }
}

void EnabledPrivileges::leave() {
    const std::scoped_lock lock(turn_);
    leave_all();
}

void EnabledPrivileges::leave_all() {
    std::exception_ptr first;
    while (entered_ != 0) {
        try {
            leave_one(names_[--entered_]);
        } catch (const std::exception&) {
            if (!first) first = std::current_exception();
        }
    }
    if (first) std::rethrow_exception(first);
}

void switch_for_good(const std::string& name, bool enable) {
    auto& all = standings();
    const std::scoped_lock lock(all.lock);
    const auto found = all.by_name.find(key_of(name));
    if (found != all.by_name.end() && found->second.blocks != 0) {
        found->second.was_enabled = enable;
        return;
    }
    switch_privilege(name, enable);
    if (found != all.by_name.end()) all.by_name.erase(found);
}

}  // namespace ntpages
