// awe/window: address space that shows pages.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "native/awe/pages.hpp"
#include "native/handle.hpp"
#include "native/lease.hpp"
#include "native/ranges.hpp"
#include "native/regions/request.hpp"

namespace ntpages {

// Address space with nothing behind it but the pages that are mapped into it.
class Window : public Exposed {
public:
    // For one slot of a window: the page to show there, or none.
    using Placement = std::pair<std::size_t, std::optional<std::size_t>>;

    explicit Window(Allocation allocation);
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

    void close();
    [[nodiscard]] bool closed() const {
        const std::scoped_lock locked(mapping);
        return !base_;
    }
    [[nodiscard]] std::size_t size() const noexcept { return slots_.size() * page_size; }
    [[nodiscard]] std::uintptr_t address() const {
        const std::scoped_lock locked(mapping);
        check_open();
        return reinterpret_cast<std::uintptr_t>(base_.get());
    }
    [[nodiscard]] std::size_t mapped() const {
        const std::scoped_lock locked(mapping);
        return mapped_;
    }

    void map(PhysicalPages& pages, std::size_t slot, std::size_t first, std::size_t count);
    void map_scatter(PhysicalPages& pages, const std::vector<Placement>& placements);
    std::size_t unmap(std::size_t slot, std::size_t count);

    Lent lend(bool) { return lend_part(0, size()); }
    Lent lend_part(std::size_t offset, std::size_t size);
    void give_back() noexcept { --views_; }

private:
    friend class PhysicalPages;
    struct Slot {
        PhysicalPages* pages;  // nullptr: shows nothing
        std::size_t page;
    };

    void check_open() const {
        if (!base_) throw Closed("Window");
    }
    void check_unseen() const {
        if (views_ != 0) throw InUse("Window");
    }
    [[nodiscard]] void* at(std::size_t slot) const noexcept {
        return static_cast<std::byte*>(base_.get()) + slot * page_size;
    }
    void show(std::size_t slot, PhysicalPages& pages, std::size_t page);
    void forget(std::size_t slot) noexcept;
    void forget_all() noexcept {
        for (std::size_t slot = 0; slot < slots_.size(); ++slot) forget(slot);
    }

    std::vector<Slot> slots_;
    std::size_t mapped_ = 0;
    std::atomic<long> views_{0};
    Pages base_;
};

}  // namespace ntpages
