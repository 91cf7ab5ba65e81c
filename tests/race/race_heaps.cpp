// race_heaps: one heap with a lock and one without, blocks of many owners, and who knows which
// heaps.
#include "native/heaps/block.hpp"
#include "native/heaps/global_memory.hpp"
#include "native/heaps/heap.hpp"
#include "native/heaps/pool.hpp"
#include "native/heaps/remote.hpp"
#include "native/heaps/walk.hpp"
#include "tests/race/race.hpp"

using namespace ntpages;

namespace {

void share(Heap& heap, Block& shared) {
    for (auto turn = 0; turn < 20; ++turn) {
        race::attempt([&] {
            Block own(heap.shared_from_this(), heap.allocate(100, true), 100);
            heap.reallocate(own, 200, false, false);
            heap.free(own);
        });
        race::attempt([&] { heap.reallocate(shared, 50 + turn, false, false); });
        race::attempt([&] { static_cast<void>(shared.address() + shared.size()); });
        race::attempt([&] {
            shared.lend(true);
            shared.give_back();
        });
        race::attempt([&] { walk_heap(heap); });
        race::attempt([&] { heap.validate(); });
        race::attempt([&] { heap.compact(); });
        if (turn == 15) race::attempt([&] { shared.free(); });
    }
}

void scene_of(bool serialize) {
    const auto heap = Heap::create(0, 0, serialize, false);
    Block shared(heap, heap->allocate(64, false), 64);
    race::together([&](std::size_t) { share(*heap, shared); });
    if (shared.live()) shared.free();  // it was lent whenever somebody tried
    race::require(heap->blocks() == 0, "every block was freed, and once");
    race::together([&](std::size_t) { heap->close(); });
}

}  // namespace

void scene() {
    scene_of(true);
    scene_of(false);

    const auto held = Heap::create(0, 0, true, false);
    Heap::Hold hold(*held);
    auto inside = 0;
    race::together([&](std::size_t) {
        for (auto turn = 0; turn < 10; ++turn) {
            race::attempt([&] {
                hold.enter();
                ++inside;
                hold.leave();
            });
        }
    });

    race::together([&](std::size_t) {
        const auto own = Heap::create(0, 0, true, false);
        for (const auto handle : Heap::handles())
            race::attempt([&] { Heap::find(handle)->kind(); });
    });

    Pool pool(48, 0, 0);
    race::together([&](std::size_t) {
        for (auto turn = 0; turn < 20; ++turn) {
            race::attempt([&] {
                const auto heap = pool.heap();
                Block item(heap, heap->allocate(pool.item_size(), false), pool.item_size());
            });
            static_cast<void>(pool.items() + pool.closed());
        }
        race::attempt([&] { pool.close(); });
    });

    GlobalMemory memory(64, true, true, false);
    race::together([&](std::size_t) {
        race::attempt([&] {
            memory.lend(true);
            static_cast<void>(memory.size() + memory.handle());
            memory.give_back();
        });
        race::attempt([&] { memory.close(); });
    });

    HeapQuery query(GetCurrentProcessId(), HeapMethod::query, false, false);
    race::together([&](std::size_t) {
        race::attempt([&] { query.wait(1); });
        query.abandon();
        race::attempt([&] { static_cast<void>(query.heaps()); });
    });
}
