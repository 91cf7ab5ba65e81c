// heaps/block: its end, and who may use it until then.
#include "native/heaps/block.hpp"

namespace ntpages {

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

}  // namespace ntpages
