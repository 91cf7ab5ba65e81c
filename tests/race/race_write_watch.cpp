// race_write_watch: one tree of snapshots, and others who ask which pages were written.
#include "native/regions/request.hpp"
#include "native/write_watch/dirty.hpp"
#include "native/write_watch/snapshots.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

void scene() {
    Request request;
    request.size = 8 * race::page;
    request.type |= MEM_WRITE_WATCH;
    Region region(allocate(request));
    Snapshots snapshots(region);
    const auto first = snapshots.take();
    race::together([&](std::size_t number) {
        for (auto turn = 0; turn < 10; ++turn) {
            race::attempt([&] { snapshots.forget(snapshots.take()); });
            race::attempt([&] { snapshots.restore(first); });
            race::attempt([&] { snapshots.changed(first); });
            race::attempt([&] { snapshots.numbers(); });
            race::attempt([&] { dirty(region, {0, region.size()}, turn % 2 == 0); });
            race::attempt([&] { region.discard({0, race::page}); });
            static_cast<void>(snapshots.stored() + snapshots.size() + snapshots.closed());
            if (turn == 8 && number < 2) snapshots.close();
        }
    });
    region.close();  // nobody follows it any more

    Region other(allocate(request));
    race::together([&](std::size_t) {
        race::attempt([&] { const Snapshots follows(other); });
        race::attempt([&] { dirty(other, {0, other.size()}, true); });
    });
}
