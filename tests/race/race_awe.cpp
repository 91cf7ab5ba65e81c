// race_awe: pages that are shown in a window, taken out again, and given back.
#include "native/awe/pages.hpp"
#include "native/awe/window.hpp"
#include "native/regions/request.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

void scene() {
    const auto pages = std::make_shared<PhysicalPages>(race::threads, std::nullopt);
    Request request;
    request.size = race::threads * race::page;
    request.type = MEM_RESERVE | MEM_PHYSICAL;
    Window window(allocate(request));
    race::together([&](std::size_t number) {
        for (auto turn = 0; turn < 10; ++turn) {
            race::attempt([&] { window.map(*pages, number, number, 1); });
            race::attempt([&] {
                const auto lent = window.lend_part(number * race::page, 8);
                *static_cast<std::byte*>(lent.data) = std::byte{1};
                window.give_back();
            });
            race::attempt([&] { window.map_scatter(*pages, {{number, std::nullopt}}); });
            race::attempt([&] { window.unmap(number, 1); });
            static_cast<void>(window.mapped() + pages->mapped() + window.closed());
            if (turn == 8 && number == 0) race::attempt([&] { pages->close(); });
            if (turn == 9 && number == 1) race::attempt([&] { window.close(); });
        }
    });
}
