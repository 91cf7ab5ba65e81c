// race_regions: pages of one region, blocks that protect and lock them, and placeholders.
#include "native/regions/placeholder.hpp"
#include "native/regions/region.hpp"
#include "native/regions/scopes.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

namespace {

Allocation allocated(std::size_t size, DWORD more = 0) {
    Request request;
    request.size = size;
    request.type |= more;
    return allocate(request);
}

void share(Region& region, std::size_t number) {
    const Range own{number * race::page, race::page};
    const Range last{15 * race::page, race::page};
    for (auto turn = 0; turn < 15; ++turn) {
        race::attempt([&] {
            const auto lent = region.lend(own);
            *static_cast<std::byte*>(lent.data) = std::byte{1};
            region.give_back();
        });
        race::attempt([&] { region.lock(own, true); });
        race::attempt([&] { region.unlock(own); });
        race::attempt([&] { region.commit(last, 0); });
        race::attempt([&] { region.protect(last, PAGE_READONLY); });
        race::attempt([&] { region.spans({0, region.size()}); });
        race::attempt([&] { region.offer(last, 1); });
        race::attempt([&] { region.reclaim(last); });
        race::attempt([&] { region.reset(last); });
        race::attempt([&] { region.decommit(last); });
        race::attempt([&] { region.committed(); });
        region.take_still_raised();
        if (turn == 12 && number < 2) race::attempt([&] { region.close(); });
    }
}

}  // namespace

void scene() {
    Region region(allocated(16 * race::page));
    race::together([&](std::size_t number) { share(region, number); });

    Region kept(allocated(4 * race::page));
    ProtectedPages protects(kept, 0, race::page, PAGE_READONLY);
    LockedPages locks(kept, race::page, race::page);
    race::together([&](std::size_t) {
        for (auto turn = 0; turn < 10; ++turn) {
            race::attempt([&] { protects.enter(); });
            race::attempt([&] { protects.leave(); });
            race::attempt([&] { locks.enter(); });
            race::attempt([&] { locks.leave(); });
        }
    });
    protects.leave();
    race::require(kept.protections({0, 4 * race::page}).size() == 1, "all is protected as before");

    constexpr DWORD placeholder = 0x40000;
    Placeholder place(allocated(64 * race::page, placeholder));
    race::together([&](std::size_t) {
        for (auto turn = 0; turn < 6; ++turn) {
            race::attempt([&] {
                Placeholder rest(place, place.size() - race::page);
                race::attempt([&] { place.merge(rest); });
            });
        }
    });
}
