// heaps/pool: a heap that is there only while there are items.
#include "native/heaps/pool.hpp"

namespace ntpages {

std::shared_ptr<Heap> Pool::heap() {
    const std::scoped_lock guard(lock_);
    if (closed_) throw Closed("Pool");
    auto heap = heap_.lock();
    if (!heap) {
        // With a lock of its own: else Windows gives it no low-fragmentation front end.
        heap = Heap::create(initial_, maximum_, true, false, Origin::pool);
        heap_ = heap;
    }
    return heap;
}

std::size_t Pool::items() {
    const std::scoped_lock guard(lock_);
    const auto heap = heap_.lock();
    return heap ? heap->blocks() : 0;
}

void Pool::close() {
    const std::scoped_lock guard(lock_);
    if (closed_) return;
    if (const auto heap = heap_.lock()) heap->destroy();

    closed_ = true;
}

}  // namespace ntpages
