// heaps/block: what heaps give out, alone and by the pool, and who may use it right now.
#include "native/heaps/heap.hpp"

namespace ntpages {

bool Gate::try_enter() noexcept {
    auto inside = inside_.load(std::memory_order_relaxed);
    do {
        if (inside < 0) return false;
    } while (!inside_.compare_exchange_weak(inside, inside + 1, std::memory_order_acquire));
    return true;
}

void Gate::enter() {
    if (!try_enter()) throw Closed(name_);
}

void Gate::shut() {
    long inside = 0;
    if (inside_.compare_exchange_strong(inside, -1, std::memory_order_acquire)) return;
    if (inside < 0) throw Closed(name_);
    throw InUse(name_);
}

// ---- Blocks -----------------------------------------------------------------------------------

Block::~Block() {
    try {
        if (live()) free();
    } catch (const std::exception&) {  // closed meanwhile, or a heap so broken that it refuses
    }
}

void Block::free() {
    gate_.shut();
    try {
        const Inside inside(heap_->gate);
        heap_->take_back(address_);
    } catch (const Error&) {
        gate_.reopen();  // refused: the memory is still there
        throw;
    }
    heap_.reset();
}

bool Block::live() noexcept {
    if (!gate_.try_enter()) return false;
    const auto live = !heap_->gate.is_shut();
    gate_.leave();
    return live;
}

std::uintptr_t Block::address() {
    const Inside inside(gate_);
    const Inside within(heap_->gate);
    return reinterpret_cast<std::uintptr_t>(address_);
}

std::size_t Block::size() {
    const Inside inside(gate_);
    const Inside within(heap_->gate);
    return size_;
}

Lent Block::lend(bool) {
    const Inside inside(gate_);
    heap_->gate.enter();
    gate_.enter();
    return {address_, size_, false};
}

void Block::give_back() noexcept {
    heap_->gate.leave();
    gate_.leave();
}

// ---- Pools ------------------------------------------------------------------------------------

std::shared_ptr<Heap> Pool::heap() {
    const std::scoped_lock guard(lock_);
    if (closed_) throw Closed("Pool");
    auto heap = heap_.lock();
    if (!heap) {
        // With a lock of its own: else Windows gives it no low-fragmentation front end.
        heap = Heap::create(0, 0, true, false, Origin::pool);
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
