// awe/window: MapUserPhysicalPages, and who shows what.
#include "native/awe/window.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "native/awe/nt.hpp"
#include "native/error.hpp"

namespace ntpages {

Window::Window(Allocation allocation)
    : slots_(whole_pages({0, allocation.request.size}).size / page_size),
      base_(std::move(allocation.memory)) {}

Window::~Window() {
    const std::scoped_lock locked(mapping);
    base_.reset();
    forget_all();
}

void Window::close() {
    const std::scoped_lock locked(mapping);
    if (!base_) return;
    check_unseen();
    check(VirtualFree(base_.get(), 0, MEM_RELEASE), "VirtualFree");
    static_cast<void>(base_.release());
    forget_all();
}

void Window::map(PhysicalPages& pages, std::size_t slot, std::size_t first, std::size_t count) {
    const std::scoped_lock locked(mapping);
    check_open();
    if (pages.closed_) throw Closed("PhysicalPages");
    require_part(slot, count, slots_.size());
    require_part(first, count, pages.frames_.size());
    for (std::size_t page = first; page < first + count; ++page) pages.check_unmapped(page);
    check(MapUserPhysicalPages(at(slot), count, pages.frames_.data() + first),
          "MapUserPhysicalPages");
    for (std::size_t done = 0; done < count; ++done) show(slot + done, pages, first + done);
}

void Window::map_scatter(PhysicalPages& pages, const std::vector<Placement>& placements) {
    const std::scoped_lock locked(mapping);
    check_open();
    if (pages.closed_) throw Closed("PhysicalPages");
    std::vector<void*> addresses;
    std::vector<ULONG_PTR> frames;
    std::vector<std::size_t> wanted;
    for (const auto& [slot, page] : placements) {
        require_part(slot, 1, slots_.size());
        if (page) require_part(*page, 1, pages.frames_.size());
        addresses.push_back(at(slot));
        frames.push_back(page ? pages.frames_[*page] : 0);  // 0 unmaps
        if (page) {
            pages.check_unmapped(*page);
            wanted.push_back(*page);
        } else if (slots_[slot].pages) {
            check_unseen();
        }
    }
    std::ranges::sort(wanted);
    if (const auto twice = std::ranges::adjacent_find(wanted); twice != wanted.end()) {
        throw std::invalid_argument("page " + std::to_string(*twice) +
                                    " is wanted at two places, and can be at one only");
    }
    check(nt::map_user_physical_pages_scatter(addresses.data(), addresses.size(), frames.data()),
          "MapUserPhysicalPagesScatter");
    for (const auto& [slot, page] : placements) {
        if (page) {
            show(slot, pages, *page);
        } else {
            forget(slot);
        }
    }
}

std::size_t Window::unmap(std::size_t slot, std::size_t count) {
    const std::scoped_lock locked(mapping);
    check_open();
    require_part(slot, count, slots_.size());
    const auto before = mapped_;
    const auto shows = [](const Slot& one) { return one.pages != nullptr; };
    const auto first = slots_.begin() + static_cast<std::ptrdiff_t>(slot);
    if (std::none_of(first, first + static_cast<std::ptrdiff_t>(count), shows)) return 0;
    check_unseen();
    check(MapUserPhysicalPages(at(slot), count, nullptr), "MapUserPhysicalPages");
    for (std::size_t done = 0; done < count; ++done) forget(slot + done);
    return before - mapped_;
}

Lent Window::lend_part(std::size_t offset, std::size_t size) {
    const std::scoped_lock locked(mapping);
    check_open();
    require_part(offset, size, slots_.size() * page_size);
    if (mapped_ != slots_.size()) {
        for (auto slot = offset / page_size; slot * page_size < offset + size; ++slot) {
            if (slots_[slot].pages) continue;
            throw std::runtime_error("the window shows no page at offset " +
                                     std::to_string(slot * page_size) + ": map one first");
        }
    }
    ++views_;
    return {static_cast<std::byte*>(base_.get()) + offset, size, false};
}

void Window::show(std::size_t slot, PhysicalPages& pages, std::size_t page) {
    forget(slot);
    slots_[slot] = {&pages, page};
    ++mapped_;
    pages.places_[page] = {this, slot};
    if (pages.mapped_++ == 0) pages.kept_ = pages.shared_from_this();
}

void Window::forget(std::size_t slot) noexcept {
    const auto [pages, page] = std::exchange(slots_[slot], {});
    if (!pages) return;
    --mapped_;
    pages->places_[page] = {};
    // The set may end here: nothing of it may be touched after this.
    if (--pages->mapped_ == 0) const auto last = std::move(pages->kept_);
}

}  // namespace ntpages
