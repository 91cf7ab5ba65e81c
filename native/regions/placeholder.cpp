// regions/placeholder: VirtualFree and VirtualAlloc2, with the flags that keep a place.
#include "native/regions/placeholder.hpp"

#include <functional>
#include <stdexcept>
#include <string>

#include "native/regions/nt.hpp"

namespace ntpages {

Placeholder::Placeholder(Allocation allocation)
    : memory_(std::move(allocation.memory)),
      size_(whole_pages({0, allocation.request.size}).size) {}

Placeholder::Placeholder(Placeholder& whole, std::size_t offset) {
    const Lease::Alone alone(whole.lease_);
    if (offset == 0 || offset >= whole.size_) {
        throw std::out_of_range("offset must be inside the placeholder, not " +
                                std::to_string(offset) + " of " + std::to_string(whole.size_));
    }
    size_ = whole.size_ - offset;
    auto* const rest = static_cast<std::byte*>(whole.base_) + offset;
    check(VirtualFree(rest, size_, MEM_RELEASE | nt::mem_preserve_placeholder), "VirtualFree");
    memory_.reset(rest);
    base_ = rest;
    whole.size_ = offset;
}

void Placeholder::close() {
    try {
        Lease::Alone alone(lease_);
        check(VirtualFree(base_, 0, MEM_RELEASE), "VirtualFree");
        static_cast<void>(memory_.release());
        alone.close();
    } catch (const Closed&) {
        return;  // closing twice is harmless
    }
}

void Placeholder::merge(Placeholder& next) {
    if (&next == this) throw std::invalid_argument("a placeholder can't be merged with itself");
    // In one order, whichever way round two threads merge the same two.
    const auto in_order = std::less<Placeholder*>{}(this, &next);
    Lease::Alone first(in_order ? lease_ : next.lease_);
    Lease::Alone second(in_order ? next.lease_ : lease_);
    auto& other = in_order ? second : first;
    if (static_cast<std::byte*>(base_) + size_ != next.base_) {
        throw std::invalid_argument("the other placeholder does not begin where this one ends");
    }
    const auto size = size_ + next.size_;
    check(VirtualFree(base_, size, MEM_RELEASE | nt::mem_coalesce_placeholders), "VirtualFree");
    static_cast<void>(next.memory_.release());
    other.close();
    size_ = size;
}

Allocation Placeholder::replace(Request request) {
    Allocation allocation;
    give_up([&](void* base, std::size_t size) {
        request.at = reinterpret_cast<std::uintptr_t>(base);
        request.size = size;
        request.type |= nt::mem_replace_placeholder;
        allocation = allocate(request);
    });
    return allocation;
}

}  // namespace ntpages
