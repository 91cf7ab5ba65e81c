// awe/window: physical pages, and the windows they are shown through.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "native/awe/nt.hpp"
#include "native/bind.hpp"
#include "native/buffer.hpp"
#include "native/lock.hpp"

namespace ntpages {
namespace {

constexpr std::size_t page_size = 4096;

// Which page is shown where concerns all sets and windows at once, as it does in the kernel: one
// lock for everything here. Closing a set reaches into windows, so that a lease of each would end
// in a deadlock. Nobody who holds it waits for the GIL.
constinit SlimLock mapping;

class Window;

// A set of pages of RAM. It is given back when nobody can reach its pages any more: not through
// the Python object, and not through a window either.
class PhysicalPages : public Exposed, public std::enable_shared_from_this<PhysicalPages> {
public:
    PhysicalPages(std::size_t count, std::optional<ULONG> node);
    ~PhysicalPages();
    PhysicalPages(const PhysicalPages&) = delete;
    PhysicalPages& operator=(const PhysicalPages&) = delete;

    void close();
    [[nodiscard]] bool closed() const {
        const std::scoped_lock locked(mapping);
        return closed_;
    }
    [[nodiscard]] std::size_t obtained() const noexcept { return frames_.size(); }
    [[nodiscard]] std::size_t mapped() const {
        const std::scoped_lock locked(mapping);
        return mapped_;
    }

private:
    friend class Window;
    struct Place {
        Window* window;  // nullptr: shown nowhere
        std::size_t slot;
    };

    void check_unmapped(std::size_t page) const;

    std::vector<ULONG_PTR> frames_;  // page frame numbers, Windows' own names for the pages
    std::vector<Place> places_;      // where each is shown
    std::size_t mapped_ = 0;
    std::shared_ptr<PhysicalPages> kept_;  // itself, while a window shows some of it
    bool closed_ = false;
};

// Address space with nothing behind it but the pages that are mapped into it.
class Window : public Exposed {
public:
    // For one slot of a window: the page to show there, or none.
    using Placement = std::pair<std::size_t, std::optional<std::size_t>>;

    explicit Window(std::size_t size);
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

// ---- Sets of pages ------------------------------------------------------------------------------

PhysicalPages::PhysicalPages(std::size_t count, std::optional<ULONG> node)
    : frames_(count), places_(count) {
    const auto self = GetCurrentProcess();
    const auto* const call = node ? "AllocateUserPhysicalPagesNuma" : "AllocateUserPhysicalPages";
    ULONG_PTR obtained = count;
    const auto done = node ? AllocateUserPhysicalPagesNuma(self, &obtained, frames_.data(), *node)
                           : AllocateUserPhysicalPages(self, &obtained, frames_.data());
    if (!done) {
        const auto code = GetLastError();
        fail(call, code, code == ERROR_PRIVILEGE_NOT_HELD ? "SeLockMemoryPrivilege" : "");
    }
    if (obtained == 0) fail(call, ERROR_NOT_ENOUGH_MEMORY);
    frames_.resize(obtained);
    places_.resize(obtained);
}

PhysicalPages::~PhysicalPages() {
    if (closed_) return;
    ULONG_PTR count = frames_.size();
    FreeUserPhysicalPages(GetCurrentProcess(), &count, frames_.data());
}

void PhysicalPages::close() {
    const std::scoped_lock locked(mapping);
    if (closed_) return;
    for (const auto& place : places_) {
        if (place.window) place.window->check_unseen();
    }
    ULONG_PTR count = frames_.size();
    check(FreeUserPhysicalPages(GetCurrentProcess(), &count, frames_.data()),
          "FreeUserPhysicalPages");
    closed_ = true;
    // Windows has taken the pages out of the windows that showed them.
    for (const auto& place : places_) {
        if (place.window) place.window->forget(place.slot);
    }
}

void PhysicalPages::check_unmapped(std::size_t page) const {
    if (!places_[page].window) return;
    throw std::invalid_argument("page " + std::to_string(page) +
                                " is mapped already, and can be at one place only: unmap it first");
}

// ---- Windows ------------------------------------------------------------------------------------

Window::Window(std::size_t size)
    : slots_((size + page_size - 1) / page_size),
      base_(check(VirtualAlloc(nullptr, slots_.size() * page_size, MEM_RESERVE | MEM_PHYSICAL,
                               PAGE_READWRITE),
                  "VirtualAlloc")) {}

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

// Some bytes of a window, to be lent.
class WindowPart : public Exposed {
public:
    WindowPart(Window& window, std::size_t offset, std::size_t size)
        : window_(window), offset_(offset), size_(size) {}

    Lent lend(bool) { return window_.lend_part(offset_, size_); }
    void give_back() noexcept { window_.give_back(); }

private:
    Window& window_;
    std::size_t offset_;
    std::size_t size_;
};

}  // namespace

void bind_awe(py::module_& module) {
    py::class_<PhysicalPages, std::shared_ptr<PhysicalPages>>(
        module, "PhysicalPages", py::release_gil_before_calling_cpp_dtor())
        .def(py::init<std::size_t, std::optional<ULONG>>(), "count"_a, "node"_a, ReleaseGil())
        .def_property_readonly(
            "obtained", &PhysicalPages::obtained,
            "Pages that Windows gave, maybe fewer than were asked for. A count; stays when closed.")
        .def_property_readonly(
            "mapped", &PhysicalPages::mapped,
            "How many of the pages some window shows now. 0 once they are closed.")
        .def_property_readonly("closed", &PhysicalPages::closed,
                               "Whether the pages are given back.")
        .def("close", &PhysicalPages::close, ReleaseGil());
    py::class_<WindowPart>(module, "WindowPart", py::buffer_protocol(),
                           py::custom_type_setup(lend_bytes<WindowPart>));
    py::class_<Window>(module, "Window", py::buffer_protocol(),
                       py::custom_type_setup(lend_bytes<Window>),
                       py::release_gil_before_calling_cpp_dtor())
        .def(py::init<std::size_t>(), "size"_a, ReleaseGil())
        .def_property_readonly("size", &Window::size,
                               "Bytes: whole pages. Stays when it is closed.")
        .def_property_readonly("address", &Window::address,
                               "Address of the first byte.\n\n"
                               "Raises:\n"
                               "    ValueError: The window is closed.")
        .def_property_readonly("mapped", &Window::mapped,
                               "Pages that the window shows now. A count; 0 once it is closed.")
        .def_property_readonly("closed", &Window::closed, "Whether the window is freed.")
        .def("_map", &Window::map, "pages"_a, "slot"_a, "first"_a, "count"_a, ReleaseGil())
        .def("_map_scatter", &Window::map_scatter, "pages"_a, "placements"_a, ReleaseGil())
        .def("_unmap", &Window::unmap, "slot"_a, "count"_a, ReleaseGil())
        .def(
            "_part",
            [](Window& window, std::size_t offset, std::size_t size) {
                return WindowPart(window, offset, size);
            },
            "offset"_a, "size"_a, py::keep_alive<0, 1>())
        .def("close", &Window::close, ReleaseGil());
}

}  // namespace ntpages
