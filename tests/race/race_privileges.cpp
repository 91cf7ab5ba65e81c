// race_privileges: blocks of many threads that need one privilege, and one block of all of them.
#include "native/privileges/scopes.hpp"
#include "native/privileges/token.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

void scene() {
    const std::string name = "SeSystemtimePrivilege";
    EnabledPrivileges shared({name});
    race::together([&](std::size_t) {
        for (auto turn = 0; turn < 10; ++turn) {
            EnabledPrivileges own({"SeLockMemoryPrivilege", name});
            own.enter();
            race::attempt([&] { shared.enter(); });
            race::require(held_privileges()[1].enabled, "it is on as long as anybody needs it");
            own.leave();
            race::attempt([&] { shared.leave(); });
        }
    });
    shared.leave();
    for (const auto& each : held_privileges()) race::require(!each.enabled, "and off afterwards");
}
